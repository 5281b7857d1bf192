package import Concurrency
internal import FileSystem
package import OCI

/// The images in a tar archive, plain or compressed. It is read-only; ``ArchiveDestination`` writes a new one.
package struct ArchiveSource: Sendable {
    private let format: Reference.ArchiveFormat
    private let path: String
    private let scratch: String
    private let opened = SingleFlight<String, ArchiveContent>()

    package let name: String

    /// Does not access the file system yet.
    ///
    /// - Parameters:
    ///   - path: The file, or a device or pipe that is read once.
    ///   - name: The name for messages.
    ///   - scratch: The folder for unpacking compressed and piped archives.
    package init(_ format: Reference.ArchiveFormat, path: String, name: String, scratch: String) {
        self.format = format
        self.path = path
        self.name = name
        self.scratch = scratch
    }

    private func content() async throws -> ArchiveContent {
        try await opened.value(for: path) {
            let file = try await ArchiveFile.open(path, name: name, scratch: scratch)
            return try ArchiveContent(file, format, attempt: "cannot read \(name)")
        }
    }
}

extension ArchiveSource: ImageSource, TagListing, ReferrerListing, BlobResolving {
    package func resolve(_ reference: ManifestReference) async throws -> Descriptor {
        let content = try await content()
        let entry = try entry(reference, in: content)
        guard MediaType.isManifest(entry.mediaType) else { return try read(entry, in: content).descriptor }
        guard content.blob(entry.digest)?.size == entry.size else { throw missing(entry.digest) }
        return entry.content
    }

    package func manifest(_ reference: ManifestReference) async throws -> ManifestContent {
        let content = try await content()
        return try read(try entry(reference, in: content), in: content)
    }

    package func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream {
        let content = try await content()
        switch content.blob(descriptor.digest) {
        case .packed(let extent): return content.file.stream(extent, from: offset)
        case .made(let bytes): return BytesStream(Array(bytes.dropFirst(Int(offset))))
        case nil: throw missing(descriptor.digest)
        }
    }

    package func resolveBlob(_ digest: Digest) async throws -> Descriptor {
        guard let blob = try await content().blob(digest) else { throw missing(digest) }
        return Descriptor(mediaType: MediaType.anyBytes, digest: digest, size: blob.size)
    }

    /// The tags; full names in Docker's archives.
    package func tags() async throws -> [String] {
        let content = try await content()
        return format == .docker ? content.names : content.index.tags
    }

    package func referrers(of digest: Digest, artifactType: String?) async throws -> [Descriptor] {
        let content = try await content()
        var pending = content.index.entries.map(\.descriptor)
        var seen: Set<Digest> = []
        var found: [Descriptor] = []
        while let entry = pending.popLast() {
            guard MediaType.isManifest(entry.mediaType), seen.insert(entry.digest).inserted,
                content.blob(entry.digest) != nil
            else { continue }
            let view = try ManifestView(read(entry, in: content))
            pending += view.children
            if view.subject?.digest == digest { found.append(view.asReferrer) }
        }
        return found.filter { artifactType == nil || $0.artifactType == artifactType }
            .sorted { $0.digest.description < $1.digest.description }
    }

    /// The descriptor of a manifest that has not been read; the media type is empty if only the content can tell it.
    private func entry(_ reference: ManifestReference, in content: ArchiveContent) throws(ImageError) -> Descriptor {
        switch reference {
        case .tag(let tag): return try content.entry(for: tag, in: name)
        case .digest(let digest):
            let entry = content.index.entries.last { $0.descriptor.digest == digest }
            if let entry { return entry.descriptor }
            guard let blob = content.blob(digest) else { throw missing(digest) }
            return Descriptor(mediaType: "", digest: digest, size: blob.size)
        }
    }

    private func read(_ entry: Descriptor, in content: ArchiveContent) throws(ImageError) -> ManifestContent {
        let bytes: [UInt8]
        switch content.blob(entry.digest) {
        case .packed(let extent): bytes = try content.file.bytes(of: extent)
        case .made(let made): bytes = made
        case nil: throw missing(entry.digest)
        }
        return try ManifestContent(
            bytes: bytes, mediaType: entry.mediaType, digest: entry.digest, of: "\(name)@\(entry.digest)")
    }

    private func missing(_ digest: Digest) -> ImageError {
        ImageError(.notFound, "cannot find \(name)@\(digest)", "it is not in the archive")
    }
}

extension ArchiveSource: ImageNaming {
    package func fullName(of reference: ManifestReference) async throws -> String? {
        let content = try await content()
        let entry: LayoutIndex.Entry?
        switch reference {
        case .tag(let tag): entry = try content.namedEntry(for: tag, in: name)
        case .digest(let digest): entry = content.index.entries.last { $0.descriptor.digest == digest }
        }
        return entry?.fullName
    }
}
