internal import BuildEngine
internal import Builders
internal import Concurrency
internal import FileSystem
internal import OCI
internal import Processes

/// The result of one node.
protocol NodePart: Sendable {
    var platforms: [Platform] { get }

    /// The images, one for each platform, with the source of their blobs.
    func images(in export: ImageExport) async throws -> (images: [BuiltImage], source: any ImageSource)

    /// Writes the files of the images.
    ///
    /// - Returns: A note about them for the user; `nil` for none.
    func exportFiles(to destination: String, isArchive: Bool, isSplit: Bool, epoch: Int64?) async throws -> String?

    /// Removes damaged blobs.
    ///
    /// - Returns: True if there were any.
    func removeDamagedBlobs() async throws -> Bool
}

/// The result of another machine.
struct RemotePart: NodePart {
    private let build: NodeBuild
    private let export: ImageExport?
    private let images: [BuiltImage]
    private let blobs: NodeBlobs

    /// Builds.
    ///
    /// - Parameter export: The form of the images; `nil` to build into the cache of the node alone.
    /// - Throws: The errors of ``NodeBuild``.
    init(_ build: NodeBuild, _ export: ImageExport?, into blobs: NodeBlobs) async throws {
        self.build = build
        self.export = export
        self.blobs = blobs
        if let export {
            images = try await build.images(in: export, into: blobs, isFirst: true)
        } else {
            try await build.run()
            images = []
        }
    }

    var platforms: [Platform] { build.platforms }

    func images(in export: ImageExport) async throws -> (images: [BuiltImage], source: any ImageSource) {
        if export == self.export { return (images, blobs.source) }
        // The node has everything in its cache, and only makes the images.
        return (try await build.images(in: export, into: blobs, isFirst: false), blobs.source)
    }

    func exportFiles(to destination: String, isArchive: Bool, isSplit: Bool, epoch: Int64?) async throws -> String? {
        guard isArchive else {
            let leftOut = try await build.files(into: destination, split: isSplit, epoch: epoch)
            return leftOut == 0 ? nil : "\(leftOut) devices and pipes were left out of \(destination)"
        }
        if destination == "-" {
            try await build.archive(epoch: epoch) { try StandardOutput.write($0) }
            return nil
        }
        do {
            let file = Guarded(try OutputFile(destination))
            try await build.archive(epoch: epoch) { piece in try file.withLock { try $0.write(piece) } }
            try file.withLock { try $0.commit() }
        } catch let error as FileError {
            throw ImageError(.failed, "cannot write \(destination)", error.reason)
        }
        return nil
    }

    func removeDamagedBlobs() async throws -> Bool { false }
}

/// The result of this machine, as one node of several.
struct LocalPart: NodePart {
    let result: any BuildResult

    var platforms: [Platform] { result.platforms }

    func images(in export: ImageExport) async throws -> (images: [BuiltImage], source: any ImageSource) {
        let made = try await result.assemble(export)
        return (made.entries, made)
    }

    func exportFiles(to destination: String, isArchive: Bool, isSplit: Bool, epoch: Int64?) async throws -> String? {
        try await result.exportFiles(
            to: destination, isArchive: isArchive, split: isSplit ? .always : .never, epoch: epoch)
    }

    func removeDamagedBlobs() async throws -> Bool { try await result.removeDamagedBlobs() }
}
