internal import BuildEngine
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

    /// The blobs as a source of images.
    package var source: any ImageSource { layout }

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
