package import DockerfileLanguage
package import OCI

/// The parameters of a build.
package struct BuildRequest: Sendable {
    package var dockerfile: Dockerfile
    /// `--target`.
    package var target: String?
    /// Normalized and unique; at least one.
    package var platforms: [Platform]
    /// The platform on which steps run without emulation.
    package var buildPlatform: Platform
    /// `--build-arg`.
    package var arguments: [String: String]
    /// Proxies for all steps, by the upper-case names of their variables. Build arguments take precedence. They are
    /// part of no image, even if ARG declares them.
    package var proxies: [String: String] = [:]
    /// `--build-context`: meanings of names that take precedence over stages and images. `scratch` and `context` cannot
    /// be replaced.
    package var contexts: [String: NamedContext]
    /// `--label`.
    package var labels: [(name: String, value: String)]
    /// The network of RUN unless the instruction sets one.
    package var network: RunInstruction.Network
    /// `--allow`.
    package var allowed: Set<Entitlement>
    /// Fixed values for global ARGs, overriding the Dockerfile; `nil` for no value.
    var globalValues: [String: String?] = [:]

    package enum NamedContext: Sendable, Hashable {
        /// A local folder.
        case folder
        /// A reference to an image, or `scratch`.
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
