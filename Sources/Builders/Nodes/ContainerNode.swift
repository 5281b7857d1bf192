internal import Archive
internal import BuildKit
package import OCI

/// A node of the driver `docker-container`: BuildKit in a container of a Docker engine, managed by the docker client.
package struct ContainerNode: Sendable {
    private static let usualImage = "moby/buildkit:buildx-stable-1"
    private static let stateFolder = "/var/lib/buildkit"
    /// The parent of the control groups of all containers of builders, as in buildx.
    private static let controlGroup = "/docker/buildx"
    private static let readinessLimit = Duration.seconds(60)

    private let node: BuilderNode
    private let docker: NodeProgram

    /// - Throws: ``ImageError`` if the engine's address is malformed.
    package init(_ node: BuilderNode, _ contexts: DockerContexts) throws(ImageError) {
        self.node = node
        docker = try .docker(for: node.endpoint, contexts)
    }

    /// The name of the container, as in buildx.
    package var container: String { "buildx_buildkit_\(node.name)" }

    /// The way to the BuildKit in the container.
    var endpoint: DaemonEndpoint {
        let words = ["exec", "-i", container, "buildctl", "dial-stdio"]
        return DaemonEndpoint(.program([docker.name] + docker.flags + words), isEngine: false)
    }

    private var volume: String { "\(container)_state" }

    /// The state of the container; the platforms are those that are declared.
    func status(_ limit: Duration) async throws -> NodeStatus {
        var status = NodeStatus(.inactive)
        switch try await state(limit) {
        case nil: break
        case "running": status.condition = .running
        case "restarting": status.condition = .starting
        default: status.condition = .stopped
        }
        return status
    }

    /// Docker's word for the state of the container; `nil` if there is none.
    private func state(_ limit: Duration? = nil) async throws -> String? {
        do {
            return try await docker.run(
                ["container", "inspect", "--format", "{{.State.Status}}", container],
                "cannot ask the node \(node.name)", limit: limit)
        } catch let error as ImageError {
            if error.reason.lowercased().contains("no such container") { return nil }
            throw error
        }
    }

    /// Creates and starts the container as far as it is not, and waits until BuildKit answers.
    ///
    /// - Parameter notice: Shows a line while something takes long.
    /// - Throws: ``ImageError``; `CancellationError`.
    package func start(_ notice: (String) -> Void) async throws {
        let attempt = "cannot start the node \(node.name)"
        switch try await state() {
        case "running": break
        case nil:
            notice("creating the container \(container)")
            try await create(attempt)
            try await docker.run(["container", "start", container], attempt)
        default: try await docker.run(["container", "start", container], attempt)
        }
        try await waitUntilReady(attempt)
    }

    /// Stops the container, if it is running.
    ///
    /// - Throws: ``ImageError``; `CancellationError`.
    package func stop() async throws {
        guard try await state() != nil else { return }
        try await docker.run(["container", "stop", container], "cannot stop the node \(node.name)")
    }

    /// Removes the container, and with it its state.
    ///
    /// - Throws: ``ImageError``; `CancellationError`.
    package func remove(keepingState keepsState: Bool, limit: Duration?) async throws {
        let attempt = "cannot remove the node \(node.name)"
        if try await state(limit) != nil {
            try await docker.run(["container", "rm", "--force", "--volumes", container], attempt)
        }
        if !keepsState { try await docker.run(["volume", "rm", "--force", volume], attempt, limit: limit) }
    }

    private func create(_ attempt: String) async throws {
        let facts = try await docker.run(
            ["info", "--format", "{{.CgroupDriver}} {{.SecurityOptions}}"], attempt)
        var arguments = [
            "container", "create", "--name", container, "--privileged", "--init",
            "--restart", node.options["restart-policy"] ?? "unless-stopped",
            "--mount", "type=volume,source=\(volume),target=\(Self.stateFolder)",
        ]
        if facts.hasPrefix("cgroupfs ") {
            arguments += ["--cgroup-parent", node.options["cgroup-parent"] ?? Self.controlGroup]
        }
        if facts.contains("name=userns") { arguments += ["--userns", "host"] }
        let limits = [
            "network", "memory", "memory-swap", "cpu-quota", "cpu-period", "cpu-shares", "cpuset-cpus", "cpuset-mems",
        ]
        for name in limits { if let value = node.options[name] { arguments += ["--\(name)", value] } }
        // Other users can read arguments; the client reads the values from its environment.
        var environment: [String: String] = [:]
        for (name, value) in node.options where name.hasPrefix("env.") {
            environment[String(name.dropFirst(4))] = value
        }
        for name in environment.keys.sorted() { arguments += ["--env", name] }
        arguments.append(node.options["image"] ?? Self.usualImage)
        arguments += node.daemonFlags
        try await docker.run(arguments, attempt, environment: environment)
        for (name, bytes) in node.files.sorted(by: { $0.key < $1.key }) {
            let archive = try Self.archive(of: bytes, at: "buildkit/\(name)")
            try await docker.run(["container", "cp", "-", "\(container):/etc"], attempt, input: archive)
        }
    }

    /// A tar archive with one file.
    private static func archive(of bytes: [UInt8], at path: String) throws -> [UInt8] {
        var archive: [UInt8] = []
        let writer = TarWriter { archive += $0 }
        try writer.add(TarEntry(TarPath(path), .file, mode: 0o600, size: Int64(bytes.count)))
        try writer.write(bytes)
        try writer.finish()
        return archive
    }

    private func waitUntilReady(_ attempt: String) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: Self.readinessLimit)
        var pause = Duration.milliseconds(100)
        while true {
            do {
                try await docker.run(["exec", container, "buildctl", "debug", "workers"], attempt)
                return
            } catch let error as ImageError {
                guard clock.now < deadline else { throw error }
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(2))
            }
        }
    }
}

extension BuilderNode {
    /// The arguments of the BuildKit daemon. As in buildx, a container in the network of its host lets builds use that.
    var daemonFlags: [String] {
        let entitlement = "--allow-insecure-entitlement=network.host"
        guard driver == .dockerContainer, options["network"] == "host",
            !flags.contains(where: { $0.contains("network.host") })
        else { return flags }
        return flags + [entitlement]
    }
}

extension NodeProgram {
    /// The docker client for an engine.
    ///
    /// - Parameter endpoint: A docker context or an address.
    /// - Throws: ``ImageError`` if it is malformed.
    static func docker(for endpoint: String, _ contexts: DockerContexts) throws(ImageError) -> NodeProgram {
        var flags: [String]
        switch try NodeEndpoint(parsing: endpoint, for: .dockerContainer) {
        case .context(let name): flags = ["--context", name]
        default:
            flags = ["--host", endpoint]
            // The environment describes one engine, and its certificates are for that one.
            let usual = try contexts.named(DockerContexts.defaultName)
            if usual.host == endpoint, let tls = usual.tls {
                flags.append(tls.acceptsAny ? "--tls" : "--tlsverify")
                for (flag, file) in [("tlscacert", tls.authority), ("tlscert", tls.certificate), ("tlskey", tls.key)] {
                    if let file { flags += ["--\(flag)", file] }
                }
            }
        }
        return NodeProgram(name: "docker", flags: flags, advice: "install Debian's docker-cli or docker.io")
    }
}
