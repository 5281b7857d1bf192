internal import Archive
internal import BuildPlan
internal import Concurrency
internal import FileSystem
internal import Glibc
internal import ImageTools
internal import OCI

/// The files of one image.
private struct FilesPart: Sendable {
    /// The folder that they get; `nil` for none.
    let name: String?
    let content: LayerContent
}

extension Build {
    /// Writes the files of images, without layers: into a folder, or as a tar archive. Several images get a folder each,
    /// named after the platform as in `linux_arm_v7`.
    ///
    /// - Parameters:
    ///   - destination: A path; for an archive `-` is standard output.
    ///   - epoch: What no time stamp is later than, instead of the build's, in seconds since 1970.
    /// - Throws: ``ImageError``; `CancellationError`.
    package func exportFiles(
        of images: [Image], to destination: String, isArchive: Bool, epoch: Int64? = nil
    ) async throws {
        var parts: [FilesPart] = []
        for image in images {
            let view = StackView(layers: try await forms.folders(of: image.tree), name: "the result")
            let content = try await OwnThread.run { try Selection(.stack(view), path: "/").content() }
            let name = String(image.plan.platform.fullDescription.map { $0 == "/" ? "_" : $0 })
            parts.append(FilesPart(name: images.count > 1 ? name : nil, content: content))
        }
        let (all, epoch, write) = (parts, epoch ?? inputs.epoch, inputs.writeToStandardOutput)
        let content = LayerContent(parts.flatMap(\.content.entries))
        try await observer.showing(.exporting(to: destination, isArchive: isArchive), of: content) { ticket in
            try await OwnThread.runUntilCancelled { check in
                do {
                    if isArchive {
                        try Self.archive(all, to: destination, epoch: epoch, writing: write) { count in
                            try check()
                            ticket?.advance(by: count)
                        }
                    } else {
                        for part in all {
                            try check()
                            try Self.write(part, into: destination, epoch: epoch)
                        }
                    }
                } catch let error as FileError {
                    throw ImageError(
                        .failed, "cannot write the files of the build to \(destination)", error.description)
                }
            }
        }
    }

    /// What is in the folder already stays, unless the image has something of the same name.
    private static func write(_ part: FilesPart, into destination: String, epoch: Int64?) throws {
        let folder = destination + (part.name.map { "/\($0)" } ?? "")
        try Folder.create(folder)
        try part.content.below(nil).clamped(to: epoch).write(to: folder)
    }

    private static func archive(
        _ parts: [FilesPart], to destination: String, epoch: Int64?, writing write: @escaping ([UInt8]) throws -> Void,
        progress: @escaping (Int) throws -> Void
    ) throws {
        let all = try LayerContent(parts.flatMap { try $0.content.below($0.name).entries })
        if destination == "-" {
            let archive = LayerArchive(epoch: epoch) { piece in
                try write(piece)
                try progress(piece.count)
            }
            return try archive.write(all)
        }
        let file = try PendingFile(at: destination)
        let archive = LayerArchive(epoch: epoch) { piece in
            try file.write(piece)
            try progress(piece.count)
        }
        try archive.write(all)
        try file.commit()
    }
}

extension LayerContent {
    /// The content in a folder of an archive, without the root itself.
    fileprivate func below(_ name: String?) throws(ArchiveError) -> LayerContent {
        let entries = entries.filter { !$0.path.isRoot }
        guard let name else { return LayerContent(entries) }
        let folder = try TarPath(name)
        let moved = entries.map { entry in
            var entry = entry
            entry.path = folder.appending(entry.path)
            if case .hardLink(let target) = entry.kind { entry.kind = .hardLink(folder.appending(target)) }
            return entry
        }
        return LayerContent([Entry(folder, .folder(isOpaque: false), mode: 0o755)] + moved)
    }

    /// The content with no time stamp later than one, in seconds since 1970.
    fileprivate func clamped(to epoch: Int64?) -> LayerContent {
        guard let epoch else { return self }
        return LayerContent(
            entries.map { entry in
                guard entry.modified >= epoch || entry.hasNoTime else { return entry }
                var entry = entry
                (entry.modified, entry.nanoseconds) = (epoch, 0)
                return entry
            })
    }
}

/// A file that closures write to, and that appears with its last byte.
private final class PendingFile {
    private let path: String
    private let temporary: String
    private let file: OpenFile
    private var count: Int64 = 0

    init(at path: String) throws(FileError) {
        self.path = path
        temporary = "\(path).new-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        file = try OpenFile(temporary, for: .creating)
    }

    deinit { unlink(temporary) }

    func write(_ piece: [UInt8]) throws {
        try file.write(piece, at: count)
        count += Int64(piece.count)
    }

    func commit() throws(FileError) { try File.rename(temporary, to: path) }
}
