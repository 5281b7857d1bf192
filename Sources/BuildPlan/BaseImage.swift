package import OCI

/// The image, for one platform, that a stage starts from or copies files from.
package struct BaseImage: Sendable, Hashable {
    /// The name in the Dockerfile.
    package let name: String
    package let manifest: Digest
    package let platform: Platform
    package let configuration: ImageConfiguration
    /// From the lowest to the highest.
    package let layers: [Layer]

    package struct Layer: Sendable, Hashable {
        package let descriptor: Descriptor
        /// The digest of the uncompressed archive.
        package let diffID: Digest

        package init(descriptor: Descriptor, diffID: Digest) {
            self.descriptor = descriptor
            self.diffID = diffID
        }
    }

    package init(
        name: String, manifest: Digest, platform: Platform, configuration: ImageConfiguration, layers: [Layer]
    ) {
        self.name = name
        self.manifest = manifest
        self.platform = platform
        self.configuration = configuration
        self.layers = layers
    }

    package static func == (left: BaseImage, right: BaseImage) -> Bool { left.manifest == right.manifest }
    package func hash(into hasher: inout Hasher) { hasher.combine(manifest) }

    /// The key of an image lookup: equal requests get the same image.
    package struct Request: Sendable, Hashable {
        /// A reference, as in a Dockerfile.
        package let reference: String
        package let platform: Platform

        package init(reference: String, platform: Platform) {
            self.reference = reference
            self.platform = platform
        }
    }
}

/// A source of base images. Their configurations are read, their layers are not.
package protocol BaseImages: Sendable {
    /// - Throws: ``ImageError``.
    func image(for request: BaseImage.Request) async throws -> BaseImage
}
