package import DockerfileLanguage
package import JSON
package import OCI

/// What a build has to do: the steps of all platforms, each once, and the images that they end in.
package struct PlannedBuild: Sendable {
    /// Each after the steps that it needs.
    package let steps: [BuildStep]
    /// Who asks for a step, in the order of the platforms.
    package let uses: [[StepUse]]
    /// One for each platform, in the order in which they were asked for.
    package let images: [PlannedImage]
    /// What is probably not meant.
    package let notes: [DockerfileNote]
}

/// A place in the Dockerfile that asks for a step, on behalf of one target platform.
package struct StepUse: Sendable, Hashable {
    package let target: Platform
    /// The platform of the stage.
    package let platform: Platform
    package let stage: String
    /// Which of the stage's steps it is, from 1, and how many there are.
    package let number: Int
    package let count: Int
    /// The instruction as it is written, its lines joined.
    package let text: String
    package let range: SourceRange
}

/// The image of one platform, as far as it is known before anything has run.
package struct PlannedImage: Sendable {
    package let platform: Platform
    /// The step whose files it has; `nil` for none.
    package let step: Int?
    /// Without `rootfs`, `history` and `created`.
    package let configuration: ImageConfiguration
    package let history: [HistoryItem]
}

/// An entry of an image's history (image-spec, config.md, "history").
package struct HistoryItem: Sendable, Hashable {
    /// What the entry says, without `empty_layer` where a step may have made a layer; a base image's as it was.
    package var entry: JSONObject
    /// The step that made the layer; `nil` where there is none, and for a base image's entries.
    package var step: Int?
    /// Whether it is a base image's.
    package var isInherited = false
}
