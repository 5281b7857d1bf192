package import DockerfileLanguage
package import OCI

/// What somebody wants built.
package struct BuildRequest: Sendable {
    package var dockerfile: Dockerfile
    /// `--target`.
    package var target: String?
    /// At least one, each once, normalized.
    package var platforms: [Platform]
    /// The platform that steps run on without emulation.
    package var buildPlatform: Platform
    /// `--build-arg`.
    package var arguments: [String: String]
    /// Proxies of every step, by the names of their variables in upper case, where no argument says otherwise. They come
    /// into no image, also where ARG declares them.
    package var proxies: [String: String] = [:]
    /// `--build-context`: what a name means instead of a stage or an image. `scratch` and `context` keep their meaning.
    package var contexts: [String: NamedContext]
    /// `--label`.
    package var labels: [(name: String, value: String)]
    /// The network of RUN where the instruction does not say.
    package var network: RunInstruction.Network
    /// `--allow`.
    package var allowed: Set<Entitlement>
    /// What global ARGs have instead of what the Dockerfile says; `nil` for no value.
    var globalValues: [String: String?] = [:]

    package enum NamedContext: Sendable, Hashable {
        /// A folder of this machine.
        case folder
        /// A reference of an image, or `scratch`.
        case image(String)
    }

    package init(
        dockerfile: Dockerfile, target: String? = nil, platforms: [Platform], buildPlatform: Platform = .host,
        arguments: [String: String] = [:], contexts: [String: NamedContext] = [:],
        labels: [(name: String, value: String)] = [], network: RunInstruction.Network = .default,
        allowed: Set<Entitlement> = []
    ) {
        self.dockerfile = dockerfile
        self.target = target
        self.platforms = platforms
        self.buildPlatform = buildPlatform
        self.arguments = arguments
        self.contexts = contexts
        self.labels = labels
        self.network = network
        self.allowed = allowed
    }
}
