internal import Concurrency
package import OCI

extension ImageView {
    /// How deep indexes in indexes are followed.
    private static let maximumDepth = 4

    /// The image for a platform: the best one that runs there, or this image itself when it is one for it.
    ///
    /// - Throws: ``ImageError`` of code `notFound` that lists the platforms there are.
    package func selected(for platform: Platform) async throws -> ImageView {
        if let found = try await selection(for: platform, depth: 0) { return found }
        let known = try await platforms()
        throw ImageError(
            .notFound, "cannot find \(platform.fullDescription) in \(pinnedName)",
            known.isEmpty ? "it names no platform" : "it has \(known.listing)")
    }

    /// The descriptor of the image for a platform, with as few requests as that takes.
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
        // Entries that do not say what they are for are asked themselves.
        for entry in images where entry.platform == nil && MediaType.isManifest(entry.mediaType) {
            let found = try await child(entry).selection(for: platform, depth: depth + 1)
            if let found { return found }
        }
        return nil
    }

    /// Every platform that the image names, in order.
    package func platforms() async throws -> [Platform] {
        guard content.isIndex else { return [try await configuredPlatform()].compactMap { $0 } }
        return try content.index().images.compactMap(\.platform)
    }

    /// Every image below, each with its platform: this one itself, or those of the index.
    ///
    /// An entry that names no platform is asked for it; one that is no image is left out.
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
