/// BuildKit's frontend images for Dockerfiles, as named by `# syntax=` and `BUILDKIT_SYNTAX`. They are never run.
package enum DockerfileFrontend {
    /// A warning about a frontend that may implement a different language.
    ///
    /// - Returns: `nil` for frontends known to be compatible, from any registry or mirror.
    package static func warning(about image: String) -> String? {
        let parts = image.prefix { $0 != "@" }.split(separator: "/")
        let repository = parts.suffix(2).map { $0.prefix { $0 != ":" } }.joined(separator: "/")
        return compatible.contains(repository)
            ? nil : "\(image) is not used: the file is read as docker/dockerfile reads it"
    }

    private static let compatible: Set = ["docker/dockerfile", "docker/dockerfile-upstream", "dockerfile.v0"]
}
