internal import Archive
internal import Concurrency
internal import FileSystem
internal import JSON
package import OCI

/// A new tar archive of images, written as a stream: content is added at once, and the index comes last.
///
/// A tag may be a full name, which is stored beside the tag; Docker's archives only have full names.
///
/// The file appears when ``finish()`` completes it.
package final class ArchiveDestination: Sendable {
    private struct State {
        var packer: ArchivePacker?
        var isBroken = false
        var written: [Digest: Int64] = [:]
        var manifests: [Digest: ManifestContent] = [:]
        var index = LayoutIndex()
    }

    private let format: Reference.ArchiveFormat
    private let output: ArchiveOutput
    /// Only one task at a time can write into a stream.
    private let turn = AsyncLimiter(limit: 1)
    private let state = Guarded(State())

    package let name: String

    /// Does not access the file system yet.
    ///
    /// - Parameter name: The name for messages.
    package init(_ format: Reference.ArchiveFormat, to output: ArchiveOutput, name: String) {
        self.format = format
        self.output = output
        self.name = name
    }

    private var attempt: String { "cannot write \(name)" }

    /// Writes the index and completes the archive. Without any content, no file is created.
    ///
    /// - Throws: ``ImageError``.
    package func finish() async throws {
        try await turn.run {
            try state.withLock { state in
                guard !state.isBroken, state.packer != nil else { return }
                let index = state.index.bytes
                let docker = DockerArchiveFiles(state.index, state.manifests)
                try write(&state) { packer in
                    try packer.add("index.json", index)
                    try packer.add("oci-layout", LayoutStore.marker)
                    for (name, bytes) in docker.files(in: format) { try packer.add(name, bytes) }
                    try packer.finish()
                }
                state.packer = nil
            }
        }
    }

    /// Removes the unfinished file.
    package func abandon() {
        state.withLock { state in
            state.packer = nil
            state.isBroken = true
        }
    }

    /// Writes into the archive; after a failure, it cannot be written any more.
    private func write(_ state: inout State, _ body: (ArchivePacker) throws -> Void) throws {
        guard !state.isBroken else { throw ImageError(.failed, attempt, "writing it has failed before") }
        do {
            let packer = try state.packer ?? ArchivePacker(output)
            state.packer = packer
            try body(packer)
        } catch {
            state.isBroken = true
            state.packer = nil
            switch error {
            case let error as FileError: throw ImageError(attempt, error)
            case let error as ArchiveError: throw ImageError(.failed, attempt, "\(error)")
            default: throw error
            }
        }
    }

    private static func path(of digest: Digest) -> String { "blobs/\(digest.algorithm.rawValue)/\(digest.hex)" }
}

extension ArchiveDestination: StreamDestination {
    package func admit(_ manifest: ManifestContent) throws(ImageError) {
        guard format == .docker else { return }
        if manifest.isIndex {
            throw ImageError(
                .usage, attempt, "Docker's archives hold images of one platform, and this is an index",
                advice: "choose with --platform, or use oci-archive:")
        }
        let type = try manifest.imageManifest().config.mediaType
        guard MediaType.isImageConfig(type) else {
            throw ImageError(.failed, attempt, "it is not an image, but a \(type)", advice: "use oci-archive:")
        }
    }

    package func put(_ blob: BlobContent, mountingFrom neighbour: (any ImageSource)?) async throws -> BlobPlacement {
        let descriptor = blob.descriptor
        return try await turn.run {
            guard state.withLock({ $0.written[descriptor.digest] == nil }) else { return .existed }
            let stream = try await blob.open()
            try state.withLock { state in
                try write(&state) { try $0.begin(Self.path(of: descriptor.digest), size: descriptor.size) }
            }
            do {
                while let piece = try await stream.next() {
                    try state.withLock { state in try write(&state) { try $0.write(piece) } }
                }
            } catch {
                // Half a blob is in the stream and cannot be taken back.
                state.withLock { $0.isBroken = true }
                throw error
            }
            state.withLock { $0.written[descriptor.digest] = descriptor.size }
            return .written
        }
    }

    package func put(_ manifest: ManifestContent, as naming: ManifestNaming) async throws {
        try admit(manifest)
        try await turn.run {
            try state.withLock { state in
                if state.written[manifest.digest] == nil {
                    try write(&state) { try $0.add(Self.path(of: manifest.digest), manifest.bytes) }
                    state.written[manifest.digest] = manifest.descriptor.size
                }
                state.manifests[manifest.digest] = manifest
                switch naming {
                case .child: break
                case .digest: state.index.add(manifest)
                case .tag(let tag), .tagOnce(let tag, replacing: _): name(manifest, tag, in: &state.index)
                }
            }
        }
    }

    private func name(_ manifest: ManifestContent, _ tag: String, in index: inout LayoutIndex) {
        // In Docker's archives, only full names are names.
        guard format == .oci || StoredName(full: tag) != nil else { return index.add(manifest) }
        index.set(tag, to: manifest.descriptor)
    }
}

extension ArchiveDestination: ImageResolver {
    /// A manifest that was written to the archive already.
    package func resolve(_ reference: ManifestReference) async throws -> Descriptor {
        let written = state.withLock { state in
            let digest =
                switch reference {
                case .digest(let digest): digest as Digest?
                case .tag(let tag):
                    state.index.entries.last { $0.refName == tag || $0.containerdName == tag }?.descriptor.digest
                }
            return digest.flatMap { state.manifests[$0] }
        }
        guard let written else {
            throw ImageError(
                .notFound, "cannot read \(reference) of \(name)", "it has not been written so far")
        }
        return written.descriptor
    }
}
