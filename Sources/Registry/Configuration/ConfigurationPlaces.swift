/// Where the field's tools keep what concerns registries: their folders, as the environment names them.
package struct ConfigurationPlaces: Sendable {
    /// The environment; a variable that is empty counts as not set.
    package let environment: [String: String]
    /// The home folder of the user.
    package let home: String
    /// The system's `/etc`.
    package let system: String

    package init(environment: [String: String], home: String, system: String = "/etc") {
        self.environment = environment
        self.home = home
        self.system = system
    }

    func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// `$DOCKER_CONFIG/config.json`, by default `~/.docker/config.json`.
    var dockerConfiguration: String { (variable("DOCKER_CONFIG") ?? "\(home)/.docker") + "/config.json" }

    /// `$XDG_CONFIG_HOME/containers`, by default `~/.config/containers`.
    var userContainers: String { (variable("XDG_CONFIG_HOME") ?? "\(home)/.config") + "/containers" }

    /// `/etc/containers`.
    var systemContainers: String { "\(system)/containers" }
}
