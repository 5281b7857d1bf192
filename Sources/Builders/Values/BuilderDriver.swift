/// The kind of a node: what builds there, and how it is reached.
package enum BuilderDriver: String, Sendable, CaseIterable {
    /// imgtool: on this machine, or on another one through ssh.
    case imgtool
    /// The BuildKit in a Docker engine.
    case docker
    /// A running BuildKit daemon.
    case remote
    /// A BuildKit daemon in a container that is created for the builder.
    case dockerContainer = "docker-container"
    /// BuildKit daemons in pods that are created for the builder.
    case kubernetes

    /// True if nodes are created for the builder, and removed with it.
    package var createsNodes: Bool { self == .dockerContainer || self == .kubernetes }
}
