internal import Concurrency
package import JSON
package import OCI

/// A manifest or index with the place that it is in, from which the rest of it can be read.
package struct ImageView: Sendable {
    /// How it was asked for.
    package let reference: Reference
    package let source: any ImageSource
    package let content: ManifestContent
    private let cache: ImageCache

    package init(
        reference: Reference, source: any ImageSource, content: ManifestContent, cache: ImageCache = ImageCache()
    ) {
        self.reference = reference
        self.source = source
        self.content = content
        self.cache = cache
    }

    /// Reads what a reference names.
    ///
    /// - Parameter cache: What the run has read so far; it is added to.
    /// - Throws: ``ImageError``.
    package static func load(
        _ reference: Reference, from stores: any ImageStores, cache: ImageCache = ImageCache()
    ) async throws -> ImageView {
        let source = try stores.store(at: reference.location)
        let content = try await source.manifest(reference.manifestReference)
        cache.keep(content)
        return ImageView(reference: reference, source: source, content: content, cache: cache)
    }

    /// This image as a draft makes of it. What is new below it can be read from then on, although it is nowhere yet.
    func changed(by draft: ImageDraft) -> ImageView {
        for child in draft.children { cache.keep(child.new) }
        cache.keep(draft.content)
        return ImageView(reference: reference, source: source, content: draft.content, cache: cache)
    }

    /// Its name with its digest.
    package var pinnedName: String { reference.pinned(to: content.digest).description }

    /// Reads an entry of this index.
    package func child(_ entry: Descriptor) async throws -> ImageView {
        let content = try await cache.manifest(entry.digest, from: source)
        guard content.descriptor.size == entry.size else {
            throw ImageError(
                .verification, "cannot use the manifest \(entry.digest) of \(source.name)",
                "it has \(content.descriptor.size) bytes, but the index says \(entry.size)")
        }
        return ImageView(
            reference: reference.pinned(to: entry.digest), source: source, content: content, cache: cache)
    }

    /// The configuration of an image (image-spec, config.md).
    ///
    /// - Throws: ``ImageError`` when this is an index, or the configuration is no JSON.
    package func config() async throws -> JSONDocument {
        let config = try content.imageManifest().config
        let source = source
        return try await cache.configuration(config.digest) {
            let bytes = try await BlobContent(config, in: source).bytes()
            do {
                return try JSONDocument(bytes: bytes)
            } catch {
                throw ImageError(
                    .failed, "cannot read the configuration \(config.digest) of \(source.name)",
                    "it is not JSON: \(error)")
            }
        }
    }

    /// The platform that the configuration names; `nil` when this is no image but another artifact.
    package func configuredPlatform() async throws -> Platform? {
        let type = try content.imageManifest().config.mediaType
        guard type == MediaType.ociConfig || type == MediaType.dockerConfig else { return nil }
        do {
            var platform = try Platform(json: try await config().value, at: .root)
            platform.other = []
            return platform.os.isEmpty && platform.architecture.isEmpty ? nil : platform.normalized
        } catch let error as JSONShapeError {
            throw ImageError(.failed, "cannot read the configuration of \(pinnedName)", "\(error)")
        }
    }
}

extension Index {
    /// The entries that are images: neither attestations nor entries that say "unknown".
    package var images: [Descriptor] {
        manifests.filter { $0.attestedDigest == nil && $0.platform?.isUnknown != true }
    }
}
