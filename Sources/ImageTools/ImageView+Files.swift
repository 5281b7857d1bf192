package import OCI

extension ImageView {
    /// The image for a platform; without one, that for this machine, or the only one that there is.
    ///
    /// - Throws: ``ImageError`` of code `notFound` that lists the platforms there are.
    package func single(for platform: Platform?) async throws -> ImageView {
        if let platform { return try await selected(for: platform) }
        guard content.isIndex else { return self }
        let images = try content.index().images
        if images.count == 1, MediaType.isImageManifest(images[0].mediaType) { return try await child(images[0]) }
        return try await selected(for: .host)
    }

    /// The layers, the lowest first, each with the digest of its uncompressed archive.
    ///
    /// - Throws: ``ImageError`` when this is no image.
    package func layers() async throws -> [(descriptor: Descriptor, diffID: Digest)] {
        let image = try await LayeredImage(self)
        try image.checkLayers(of: pinnedName)
        return Array(zip(try content.imageManifest().layers, try image.configuration.diffIDs))
    }
}
