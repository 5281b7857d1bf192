internal import ImageTools
package import OCI

/// The images of a build as manifests and blobs, to be copied elsewhere.
package protocol BuiltImages: ImageSource {
    /// The index, or the manifest of the only platform.
    var top: ManifestContent { get }
    /// In the order of the requested platforms.
    var entries: [BuiltImage] { get }
}

/// The image for one platform.
package struct BuiltImage: Sendable {
    package let platform: Platform
    package let manifest: ManifestContent
    package let configuration: Digest
    /// The compressed size of all layers, in bytes.
    package let size: Int64

    package init(platform: Platform, manifest: ManifestContent, configuration: Digest, size: Int64) {
        self.platform = platform
        self.manifest = manifest
        self.configuration = configuration
        self.size = size
    }
}

extension [BuiltImage] {
    /// Assembles images to an index, by the same rules as any other.
    ///
    /// - Returns: The index, or the manifest of a single image that needs none.
    /// - Throws: ``ImageError``.
    package func top(_ export: ImageExport) throws(ImageError) -> ManifestContent {
        let annotatesIndex = export.annotations.contains { rule in
            rule.targets.contains { if case .manifest = $0 { false } else { true } }
        }
        if count == 1, !export.alwaysIndexes, !annotatesIndex { return self[0].manifest }
        let sources = map { image in
            var descriptor = image.manifest.descriptor
            descriptor.platform = image.platform
            return IndexAssembly.Source(
                name: image.platform.fullDescription, content: image.manifest, entry: descriptor, statesPlatform: true)
        }
        var assembly = try IndexAssembly(sources, onConflict: .both)
        try assembly.annotate(export.annotations)
        return try assembly.finished()
    }
}
