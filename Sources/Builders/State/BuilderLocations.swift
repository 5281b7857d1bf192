package import Registry

/// The folders with the configuration of builders.
package struct BuilderLocations: Sendable {
    /// Of imgtool itself: `imgtool/builders` in `$XDG_CONFIG_HOME` or `~/.config`.
    let own: String
    /// Of docker: `$DOCKER_CONFIG` or `~/.docker`.
    let docker: String
    /// Of docker buildx: `$BUILDX_CONFIG`, or `buildx` in docker's folder.
    let buildx: String
    private let variables: ConfigurationLocations

    package init(_ locations: ConfigurationLocations) {
        variables = locations
        let configuration = locations.variable("XDG_CONFIG_HOME") ?? ""
        // The XDG Base Directory Specification requires relative paths to be ignored.
        own = (configuration.hasPrefix("/") ? configuration : "\(locations.home)/.config") + "/imgtool/builders"
        docker = locations.dockerFolder
        buildx = locations.variable("BUILDX_CONFIG") ?? "\(docker)/buildx"
    }

    /// The value of an environment variable, if it is not empty.
    func variable(_ name: String) -> String? { variables.variable(name) }
}
