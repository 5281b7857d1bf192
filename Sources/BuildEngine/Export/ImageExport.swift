package import Archive
package import ImageTools

/// The format of a build's images.
package struct ImageExport: Sendable, Hashable {
    /// The compression of layers made by the build.
    package var compression = LayerCompression.standard
    /// True for Docker's media types instead of the image-spec's.
    package var usesDockerTypes = false
    /// The latest time in the result, in seconds since 1970; `nil` for that of the build.
    package var epoch: Int64?
    /// True to recompress layers of base images with a different compression.
    package var recompresses = false
    /// True to keep the times in layers, regardless of the latest time.
    package var keepsTimes = false
    package var annotations: [AnnotationRule] = []
    /// True to create an index even for a single platform.
    package var alwaysIndexes = false

    package init() {}
}
