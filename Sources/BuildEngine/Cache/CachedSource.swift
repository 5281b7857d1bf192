internal import Concurrency
internal import FileSystem
internal import OCI

/// A source of images whose manifests and configurations are cached in a folder.
///
/// Only content that is read by digest is cached, and it is verified when it is read from the folder.
struct CachedSource: ImageSource {
    let source: any ImageSource
    /// The folder. It need not exist.
    let folder: String

    var name: String { source.name }

    func resolve(_ reference: ManifestReference) async throws -> Descriptor { try await source.resolve(reference) }

    func manifest(_ reference: ManifestReference) async throws -> ManifestContent {
        guard let digest = reference.digest else { return try await source.manifest(reference) }
        if let bytes = kept(digest) {
            return try ManifestContent(bytes: bytes, mediaType: MediaType.anyBytes, digest: digest, of: source.name)
        }
        let manifest = try await source.manifest(reference)
        keep(manifest.bytes, digest)
        return manifest
    }

    /// The content of a blob, which is cached if it is small enough for a configuration.
    func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream {
        guard offset == 0, descriptor.size <= ManifestContent.maximumSize else {
            return try await source.rawBlob(descriptor, from: offset)
        }
        if let bytes = kept(descriptor.digest) { return BytesStream(bytes) }
        let bytes = try await BlobContent(descriptor, in: source).bytes()
        keep(bytes, descriptor.digest)
        return BytesStream(bytes)
    }

    private func path(_ digest: Digest) -> String { "\(folder)/\(digest.hex)" }

    private func kept(_ digest: Digest) -> [UInt8]? {
        guard let bytes = try? File.read(path(digest), limit: Int(ManifestContent.maximumSize)),
            Digest(of: bytes, algorithm: digest.algorithm) == digest
        else { return nil }
        try? CacheEntry.noteUse(ofFile: path(digest))
        return bytes
    }

    /// Content that cannot be cached is fetched again next time.
    private func keep(_ bytes: [UInt8], _ digest: Digest) {
        try? Folder.create(folder, permissions: 0o700)
        try? File.replace(path(digest), with: bytes)
    }
}
