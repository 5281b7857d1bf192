internal import Archive
internal import BuildPlan
internal import Concurrency
internal import FileSystem
internal import Glibc
internal import ImageTools
internal import OCI
internal import Snapshots

/// The choice of a folder for each platform, named after it as in `linux_arm_v7`.
package enum PlatformSplit: Sendable, Hashable {
    /// If there are several platforms.
    case whenSeveral
    case always
    /// All files go to one folder, and must not conflict.
    case never
}

/// The files of one image.
private struct FilesPart: Sendable {
    /// The folder for the files; `nil` for none.
    let name: String?
    let platform: Platform
    let content: LayerContent
}

extension Build {
    /// Writes the files of images, without layers, to a folder or a tar archive.
    ///
    /// - Parameters:
    ///   - destination: A path, or `-` to write an archive to standard output.
    ///   - epoch: The latest time in the result, in seconds since 1970; `nil` for that of the build.
    /// - Returns: A note about the files for the user; `nil` for none.
    /// - Throws: ``ImageError``; `CancellationError`.
    package func exportFiles(
        of images: [Image], to destination: String, isArchive: Bool, split: PlatformSplit = .whenSeveral,
        epoch: Int64? = nil
    ) async throws -> String? {
        var parts: [FilesPart] = []
        for image in images {
            let view = StackView(layers: try await layers.folders(of: image.snapshot), name: "the result")
            let content = try await OwnThread.run { try Selection(.stack(view), path: "/").content() }
            let platform = image.plan.platform
            let name = String(platform.fullDescription.map { $0 == "/" ? "_" : $0 })
            let isSplit = split == .always || split == .whenSeveral && images.count > 1
            parts.append(FilesPart(name: isSplit ? name : nil, platform: platform, content: content))
        }
        if split == .never { parts = try Self.merged(parts, for: destination) }
        let (all, epoch, write) = (parts, epoch ?? inputs.epoch, inputs.writeToStandardOutput)
        let content = LayerContent(parts.flatMap(\.content.entries))
        return try await observer.showing(.exporting(to: destination, isArchive: isArchive), of: content) { ticket in
            try await OwnThread.runUntilCancelled { check in
                do {
                    if isArchive {
                        try Self.archive(all, to: destination, epoch: epoch, writing: write) { count in
                            try check()
                            ticket?.advance(by: count)
                        }
                        return nil
                    }
                    let folder = try ExportFolder(destination, for: all.map(\.content))
                    for part in all {
                        try check()
                        try Self.write(part, into: destination, epoch: epoch)
                    }
                    return folder.note
                } catch let error as FileError {
                    throw ImageError(
                        .failed, "cannot write the files of the build to \(destination)", error.description)
                }
            }
        }
    }

    /// Merges all parts into one.
    private static func merged(_ parts: [FilesPart], for destination: String) throws(ImageError) -> [FilesPart] {
        guard let first = parts.first, parts.count > 1 else { return parts }
        var known: [TarPath: (platform: Platform, entry: LayerContent.Entry)] = [:]
        for part in parts {
            for entry in part.content.entries {
                guard let other = known[entry.path] else {
                    known[entry.path] = (part.platform, entry)
                    continue
                }
                if case .folder = entry.kind, case .folder = other.entry.kind { continue }
                throw ImageError(
                    .usage, "cannot write the files of the build to \(destination)",
                    "both \(other.platform.fullDescription) and \(part.platform.fullDescription) have \(entry.path)",
                    advice: "give each platform a folder with platform-split=true")
            }
        }
        let all = LayerContent(known.values.map(\.entry).sorted { $0.path < $1.path })
        return [FilesPart(name: nil, platform: first.platform, content: all)]
    }

    /// Existing files stay, unless the image has a file of the same name.
    private static func write(_ part: FilesPart, into destination: String, epoch: Int64?) throws {
        let folder = destination + (part.name.map { "/\($0)" } ?? "")
        try Folder.create(folder)
        let content = try part.content.below(nil).withoutDevices.clamped(to: epoch)
        // To an ordinary user nothing is of use that belongs to ids which they have in a namespace only.
        try (UserNamespace.isRoot ? content : content.owned(by: geteuid(), getegid())).write(to: folder)
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
        let file = try OutputFile(destination)
        let archive = LayerArchive(epoch: epoch) { piece in
            try file.write(piece)
            try progress(piece.count)
        }
        try archive.write(all)
        try file.commit()
    }
}

extension LayerContent {
    /// The content moved into a folder of an archive, without the root itself.
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

    /// The content with one owner and group.
    fileprivate func owned(by user: UInt32, _ group: UInt32) -> LayerContent {
        LayerContent(
            entries.map { entry in
                var entry = entry
                (entry.uid, entry.gid) = (user, group)
                return entry
            })
    }

    /// The content with times clamped to a latest time, in seconds since 1970.
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
