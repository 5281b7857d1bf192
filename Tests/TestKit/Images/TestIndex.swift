internal import JSON
package import OCI

/// An index, or Docker manifest list, of content made for a test.
package struct TestIndex: TestContent {
    package let manifest: [UInt8]
    package let descriptor: Descriptor
    package var blobs: [[UInt8]] { [] }
    package let children: [any TestContent]

    /// - Parameters:
    ///   - children: What it lists, in this order, each with the descriptor that it has.
    ///   - dockerTypes: Whether it is a Docker manifest list.
    ///   - statesPlatforms: Whether its entries have the platforms of the images.
    package init(
        _ children: [any TestContent], dockerTypes: Bool = false, annotations: [String: String] = [:],
        subject: Descriptor? = nil, statesPlatforms: Bool = true
    ) {
        let type = dockerTypes ? MediaType.dockerList : MediaType.ociIndex
        var entries = children.map(\.descriptor)
        if !statesPlatforms { for position in entries.indices { entries[position].platform = nil } }
        var index = Index(mediaType: type, manifests: entries)
        index.annotations = annotations
        index.subject = subject
        manifest = index.json.bytes()
        descriptor = Descriptor(mediaType: type, digest: Digest(of: manifest), size: Int64(manifest.count))
        self.children = children
    }

    /// An index of one image for each platform, given as in `linux/arm/v7`.
    package init(platforms: [String], dockerTypes: Bool = false) throws {
        let images = try platforms.map { TestImage(try Platform(parsing: $0), dockerTypes: dockerTypes) }
        self.init(images, dockerTypes: dockerTypes)
    }
}
