/// The locations of configuration files for registries, as determined by the environment.
package struct ConfigurationLocations: Sendable {
    /// The environment. Empty variables count as unset.
    package let environment: [String: String]
    /// The user's home folder.
    package let home: String
    /// The system's configuration folder, `/etc`.
    package let system: String

    package init(environment: [String: String], home: String, system: String = "/etc") {
        self.environment = environment
        self.home = home
        self.system = system
    }

    /// The value of an environment variable; `nil` if it is unset or empty.
    package func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// `$DOCKER_CONFIG`, by default `~/.docker`.
    package var dockerFolder: String { variable("DOCKER_CONFIG") ?? "\(home)/.docker" }

    /// `config.json` in ``dockerFolder``.
    var dockerConfiguration: String { "\(dockerFolder)/config.json" }

    /// `$XDG_CONFIG_HOME/containers`, by default `~/.config/containers`.
    var userContainers: String { (variable("XDG_CONFIG_HOME") ?? "\(home)/.config") + "/containers" }

    /// `/etc/containers`.
    var systemContainers: String { "\(system)/containers" }
}
