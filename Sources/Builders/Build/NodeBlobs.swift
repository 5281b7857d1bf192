package import BuildEngine
internal import BuildKit
package import Concurrency
internal import ImageLayout
internal import JSON
package import OCI

/// The results of nodes: blobs that came over, and are not fetched again.
package final class NodeBlobs: SessionContent {
    private let layout: LayoutStore

    /// - Parameter folder: The folder for the blobs, which several processes may use at once.
    package init(folder: String) {
        layout = LayoutStore(path: folder)
    }

    package func size(of digest: Digest) async throws -> Int64? {
        do {
            return try await layout.resolveBlob(digest).size
        } catch let error as ImageError where error.code == .notFound {
            return nil
        }
    }

    package func open(_ digest: Digest, from offset: Int64) async throws -> any ByteStream {
        try await layout.rawBlob(try await layout.resolveBlob(digest), from: offset)
    }

    package func store(_ digest: Digest, size: Int64?, _ stream: any ByteStream) async throws {
        let descriptor = Descriptor(mediaType: MediaType.anyBytes, digest: digest, size: size ?? 0)
        let content = BlobContent(descriptor, of: "the node's result") { _ in stream }
        _ = try await layout.put(content, mountingFrom: nil)
    }

    /// The images of a result.
    ///
    /// - Parameter bytes: Its descriptor, as JSON.
    /// - Throws: ``ImageError``, also if it is for other platforms.
    func images(in bytes: [UInt8], for platforms: [Platform], of node: String) async throws -> [BuiltImage] {
        let attempt = "cannot take the images of the node \(node)"
        let top: Descriptor
        do {
            top = try Descriptor(json: JSONValue(parsing: bytes), at: .root)
        } catch {
            throw ImageError(
                .failed, attempt, "it describes them as \(String(decoding: bytes, as: UTF8.self).prefix(200))")
        }
        let content = try await manifest(top)
        let entries = content.isIndex ? try content.index().manifests.filter(\.isImageEntry) : [top]
        var images: [BuiltImage] = []
        for platform in platforms {
            guard let entry = entries.first(where: { $0.platform.map(platform.isSame) == true }) else {
                let there = entries.compactMap { $0.platform?.fullDescription }.joined(separator: ", ")
                throw ImageError(
                    .failed, attempt, "there is none for \(platform.fullDescription), but for \(there)",
                    advice: "look at the platforms of the node with imgtool builder inspect")
            }
            let manifest = try await manifest(entry)
            let image = try manifest.imageManifest()
            images.append(
                BuiltImage(
                    platform: platform, manifest: manifest, configuration: image.config.digest,
                    size: image.layers.map(\.size).cappedSum))
        }
        return images
    }

    private func manifest(_ descriptor: Descriptor) async throws -> ManifestContent {
        let bytes = try await BlobContent(descriptor, in: layout).bytes(limit: ManifestContent.maximumSize)
        return try ManifestContent(
            bytes: bytes, mediaType: descriptor.mediaType, digest: descriptor.digest, of: "the node's result")
    }
}

/// The images of several nodes, assembled.
package struct NodeImages: BuiltImages {
    package let name = "the build"
    package let top: ManifestContent
    package let entries: [BuiltImage]
    private let blobs: NodeBlobs

    /// - Throws: ``ImageError``.
    package init(_ images: [BuiltImage], _ export: ImageExport, in blobs: NodeBlobs) throws(ImageError) {
        entries = images
        top = try images.top(export)
        self.blobs = blobs
    }

    package func resolve(_ reference: ManifestReference) async throws -> Descriptor {
        try await manifest(reference).descriptor
    }

    package func manifest(_ reference: ManifestReference) async throws -> ManifestContent {
        guard let digest = reference.digest, digest != top.digest else { return top }
        guard let image = entries.first(where: { $0.manifest.digest == digest }) else {
            throw ImageError(.notFound, "cannot read \(digest) of the build", "it has no such content")
        }
        return image.manifest
    }

    package func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream {
        try await blobs.open(descriptor.digest, from: offset)
    }
}

/// An image that nodes read from here.
struct SentImage: SessionContent {
    private let source: any ImageSource

    init(_ source: any ImageSource) {
        self.source = source
    }

    func size(of digest: Digest) async throws -> Int64? {
        do {
            return try await descriptor(of: digest).size
        } catch let error as ImageError where error.code == .notFound {
            return nil
        }
    }

    func open(_ digest: Digest, from offset: Int64) async throws -> any ByteStream {
        try await source.rawBlob(try await descriptor(of: digest), from: offset)
    }

    func store(_ digest: Digest, size: Int64?, _ stream: any ByteStream) async throws {
        throw ImageError(.failed, "cannot change \(source.name)", "it is a context of the build")
    }

    private func descriptor(of digest: Digest) async throws -> Descriptor {
        try await source.capable(of: (any BlobResolving).self, "cannot send \(source.name)").resolveBlob(digest)
    }
}
