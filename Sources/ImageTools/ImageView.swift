internal import Concurrency
package import JSON
package import OCI

/// A manifest or index, and the store from which the rest of the image can be read.
package struct ImageView: Sendable {
    /// The reference by which it was read.
    package let reference: Reference
    package let source: any ImageSource
    package let content: ManifestContent
    private let cache: ImageCache
    /// The index through which it was found, if any.
    private let parents: [ImageView]

    package init(
        reference: Reference, source: any ImageSource, content: ManifestContent, cache: ImageCache = ImageCache()
    ) {
        self.init(reference: reference, source: source, content: content, cache: cache, parents: [])
    }

    private init(
        reference: Reference, source: any ImageSource, content: ManifestContent, cache: ImageCache,
        parents: [ImageView]
    ) {
        self.parents = parents
        self.reference = reference
        self.source = source
        self.content = content
        self.cache = cache
    }

    /// Reads the image that a reference names.
    ///
    /// - Parameter cache: Content read in this run; more is added.
    /// - Throws: ``ImageError``.
    package static func load(
        _ reference: Reference, from stores: any ImageStores, cache: ImageCache = ImageCache()
    ) async throws -> ImageView {
        let source = try stores.source(at: reference.location)
        let content = try await cache.manifest(reference.manifestReference, from: source)
        return ImageView(reference: reference, source: source, content: content, cache: cache)
    }

    /// This image after a change. New content below it can be read although it is not in any store yet.
    func changed(by draft: ImageDraft) -> ImageView {
        for child in draft.children { cache.keep(child.new) }
        cache.keep(draft.content)
        return ImageView(reference: reference, source: source, content: draft.content, cache: cache)
    }

    /// The reference with the digest.
    package var pinnedName: String { reference.pinned(to: content.digest).description }

    /// Reads an entry of this index.
    package func child(_ entry: Descriptor) async throws -> ImageView {
        let content = try await cache.manifest(of: entry, from: source)
        guard content.descriptor.size == entry.size else {
            throw ImageError(
                .verification, "cannot use the manifest \(entry.digest) of \(source.name)",
                "it has \(content.descriptor.size) bytes, but the index says \(entry.size)")
        }
        return ImageView(
            reference: reference.pinned(to: entry.digest), source: source, content: content, cache: cache,
            parents: [self])
    }

    /// This index, or the index through which this image was found.
    var index: ImageView? { content.isIndex ? self : parents.first }

    /// The configuration of an image (image-spec, config.md).
    ///
    /// - Throws: ``ImageError`` if this is an index, or the configuration is not JSON.
    package func config() async throws -> JSONDocument {
        let config = try content.imageManifest().config
        let source = source
        return try await cache.configuration(config.digest) {
            var bytes = config.embeddedContent ?? []
            do {
                if bytes.isEmpty { bytes = try await BlobContent(config, in: source).bytes() }
            } catch let error as ImageError {
                throw error.inside
            }
            do {
                return try JSONDocument(bytes: bytes)
            } catch {
                throw ImageError(
                    .failed, "cannot read the configuration \(config.digest) of \(source.name)",
                    "it is not JSON: \(error)")
            }
        }
    }

    /// The platform in the configuration; `nil` if this is not an image but another artifact.
    package func configuredPlatform() async throws -> Platform? {
        if content.mediaType == MediaType.ociArtifact { return nil }
        let type = try content.imageManifest().config.mediaType
        guard MediaType.statesPlatform(type) else { return nil }
        do {
            var platform = try Platform(json: try await config().value, at: .root)
            platform.other = []
            return platform.os.isEmpty && platform.architecture.isEmpty ? nil : platform.normalized
        } catch let error as JSONShapeError {
            throw ImageError(.failed, "cannot read the configuration of \(pinnedName)", "\(error)")
        }
    }
}
