package import DockerfileLanguage
package import JSON
package import OCI

/// The plan of a build: the steps of all platforms, each once, and the resulting images.
package struct PlannedBuild: Sendable {
    /// Ordered so that each step follows the steps that it needs.
    package let steps: [BuildStep]
    /// The uses of each step, in the order of the platforms.
    package let uses: [[StepUse]]
    /// One for each platform, in the order of the request.
    package let images: [PlannedImage]
    /// Warnings about the Dockerfile.
    package let notes: [DockerfileNote]
}

/// A use of a step by an instruction, for one target platform.
package struct StepUse: Sendable, Hashable {
    package let target: Platform
    /// The platform of the stage.
    package let platform: Platform
    package let stage: String
    /// The number of the step in its stage, starting at 1, and the number of steps.
    package let number: Int
    package let count: Int
    /// The instruction as written, its lines joined.
    package let text: String
    package let range: SourceRange
}

/// The image for one platform, as far as it is known before the build.
package struct PlannedImage: Sendable {
    package let platform: Platform
    /// The step whose files the image has; `nil` for none.
    package let step: Int?
    /// Without `rootfs`, `history` and `created`.
    package let configuration: ImageConfiguration
    package let history: [HistoryItem]
}

/// An entry of an image's history (image-spec, config.md, "history").
package struct HistoryItem: Sendable, Hashable {
    /// The entry, without `empty_layer` if a step may have made a layer; unchanged for a base image's entries.
    package var entry: JSONObject
    /// The step that made the layer; `nil` if there is none, and for a base image's entries.
    package var step: Int?
    /// True for a base image's entry.
    package var isInherited = false
}
