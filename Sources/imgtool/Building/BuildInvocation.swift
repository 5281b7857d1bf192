internal import BuildEngine
internal import BuildPlan
internal import Builders

/// The values of all flags and arguments of `imgtool build`.
struct BuildInvocation {
    var request: BuildRequest
    var inputs: BuildInputs
    var outputs: [BuildOutput]
    var builder = BuilderDefinition.builtIn
    var engine = EngineBuilder.Options()
    /// True to deliver the images of some platforms when others have failed.
    var allowsPartial = false
    /// True to open a shell in the state of the first step that fails.
    var opensShell = false
    /// The path of a file for digests and names.
    var metadataFile: String?
    /// The path of a file for the image's digest.
    var identityFile: String?
    /// Flags that are accepted and have no effect.
    var unusedFlags: [String] = []
}
