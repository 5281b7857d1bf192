internal import BuildEngine
internal import BuildPlan

/// All that one run of `imgtool build` is asked for, as values.
struct BuildInvocation {
    var request: BuildRequest
    var inputs: BuildInputs
    var outputs: [BuildOutput]
    var engine = EngineBuilder.Options()
    /// Whether the images of some platforms are delivered when those of others could not be built.
    var allowsPartial = false
    /// Whether a shell is opened in the state of the first step that fails.
    var opensShell = false
    /// The path of a file for digests and names.
    var metadataFile: String?
    /// The path of a file for the image's digest.
    var identityFile: String?
    /// Flags that are accepted and have no effect.
    var unusedFlags: [String] = []
}
