internal import Concurrency
package import OCI

extension ImageView {
    /// The maximum depth of nested indexes.
    private static let maximumDepth = 4

    /// The best image for a platform; this image itself if it is a single one for that platform.
    ///
    /// - Throws: ``ImageError`` of code `notFound` with the available platforms.
    package func selected(for platform: Platform) async throws -> ImageView {
        if let found = try await selection(for: platform, depth: 0) { return found }
        let known = try await platforms()
        throw ImageError(
            .notFound, "cannot find \(platform.fullDescription) in \(pinnedName)",
            known.isEmpty ? "it names no platform" : "it has \(known.listing)")
    }

    /// The descriptor of the image for a platform, with as few requests as possible.
    package func selectedDescriptor(for platform: Platform) async throws -> Descriptor {
        if content.isIndex {
            let images = try content.index().images
            if let best = platform.best(of: images.map(\.platform)), MediaType.isImageManifest(images[best].mediaType) {
                return images[best]
            }
        }
        return try await selected(for: platform).content.descriptor
    }

    private func selection(for platform: Platform, depth: Int) async throws -> ImageView? {
        guard content.isIndex else {
            return platform.best(of: [try await configuredPlatform()]) == nil ? nil : self
        }
        guard depth < Self.maximumDepth else { return nil }
        let images = try content.index().images
        if let best = platform.best(of: images.map(\.platform)) {
            let image = try await child(images[best])
            return image.content.isIndex ? try await image.selection(for: platform, depth: depth + 1) : image
        }
        // For entries without a platform, read their configurations.
        for entry in images where entry.platform == nil && MediaType.isManifest(entry.mediaType) {
            let found = try await child(entry).selection(for: platform, depth: depth + 1)
            if let found { return found }
        }
        return nil
    }

    /// All platforms of the image, in order.
    package func platforms() async throws -> [Platform] {
        guard content.isIndex else { return [try await configuredPlatform()].compactMap { $0 } }
        return try content.index().images.compactMap(\.platform)
    }

    /// All images with their platforms: this one itself, or those of the index.
    ///
    /// For an entry without a platform, its configuration is read; an entry that is not an image is omitted.
    package func images() async throws -> [(platform: Platform, entry: Descriptor)] {
        guard content.isIndex else {
            guard let platform = try await configuredPlatform() else { return [] }
            return [(platform, content.descriptor)]
        }
        let entries = try content.index().images.filter { MediaType.isImageManifest($0.mediaType) }
        let images = try await entries.concurrentMap { entry -> (platform: Platform, entry: Descriptor)? in
            if let platform = entry.platform { return (platform, entry) }
            return try await child(entry).configuredPlatform().map { ($0, entry) }
        }
        return images.compactMap { $0 }
    }
}
