internal import BuildKit
internal import JSON
package import OCI
internal import Units

/// A node of the driver `kubernetes`: BuildKit in the pods of a deployment, managed by kubectl.
package struct KubernetesNode: Sendable {
    private static let usualLimit = Duration.seconds(120)
    private static let pause = Duration.seconds(1)

    private let node: BuilderNode
    private let deployment: KubernetesDeployment
    private let kubectl: NodeProgram

    /// - Throws: ``ImageError`` if the options are malformed.
    package init(_ node: BuilderNode) throws(ImageError) {
        self.node = node
        guard case .deployment(let name, let configuration) = try NodeEndpoint(parsing: node.endpoint, for: .kubernetes)
        else { throw ImageError(.usage, "cannot use the node \(node.name)", "its endpoint is no deployment") }
        deployment = try KubernetesDeployment(name: name, node)
        var flags = configuration.map { ["--kubeconfig", $0] } ?? []
        if let namespace = node.options["namespace"] { flags += ["--namespace", namespace] }
        kubectl = NodeProgram(name: "kubectl", flags: flags, advice: "install kubectl")
    }

    /// The state of the deployment; the platforms are those that are declared.
    func status(_ limit: Duration) async throws -> NodeStatus {
        var status = NodeStatus(.inactive)
        guard let ready = try await readyReplicas(limit) else { return status }
        status.condition = ready >= deployment.replicas ? .running : .starting
        return status
    }

    /// The number of pods that are ready; `nil` if there is no deployment.
    private func readyReplicas(_ limit: Duration? = nil) async throws -> Int64? {
        let text = try await kubectl.run(
            ["get", "deployment", deployment.name, "--ignore-not-found", "--output", "json"],
            "cannot ask the node \(node.name)", limit: limit)
        if text.isEmpty { return nil }
        return try parse(text)["status"]?["readyReplicas"]?.integer ?? 0
    }

    /// Creates the deployment, and waits until all its pods are ready.
    ///
    /// - Parameter notice: Shows a line while something takes long.
    /// - Throws: ``ImageError``; `CancellationError`.
    package func start(_ notice: (String) -> Void) async throws {
        let attempt = "cannot start the node \(node.name)"
        if try await readyReplicas() == nil {
            notice("creating the deployment \(deployment.name)")
            try await kubectl.run(["apply", "--filename", "-"], attempt, input: deployment.manifest.bytes())
        }
        let clock = ContinuousClock()
        let limit = node.options["timeout"].flatMap { Duration(parsing: $0) } ?? Self.usualLimit
        let deadline = clock.now.advanced(by: limit)
        var shown: Int64 = -1
        while true {
            let ready = try await readyReplicas() ?? 0
            if ready >= deployment.replicas { return }
            if ready != shown {
                notice("waiting for the pods of \(deployment.name): \(ready) of \(deployment.replicas) are ready")
                shown = ready
            }
            guard clock.now < deadline else {
                throw ImageError(
                    .failed, attempt, "\(ready) of \(deployment.replicas) pods were ready within \(limit)",
                    advice: "kubectl describe deployment \(deployment.name) tells more")
            }
            try await Task.sleep(for: Self.pause)
        }
    }

    /// Removes the deployment with its pods and its configuration.
    ///
    /// - Throws: ``ImageError``; `CancellationError`.
    package func remove(limit: Duration?) async throws {
        var objects = ["deployment/\(deployment.name)"]
        if !node.files.isEmpty { objects.append("configmap/\(deployment.configurationName)") }
        try await kubectl.run(
            ["delete", "--ignore-not-found", "--wait=false"] + objects, "cannot remove the node \(node.name)",
            limit: limit)
    }

    /// The way to the BuildKit in one of the running pods.
    ///
    /// - Parameter key: What always goes to the same pod while the pods are the same, unless the option `loadbalance` is
    ///   `random`; such as the path of the build context.
    /// - Throws: ``ImageError`` if none is running; `CancellationError`.
    func endpoint(for key: String) async throws -> DaemonEndpoint {
        let attempt = "cannot use the node \(node.name)"
        let text = try await kubectl.run(
            ["get", "pods", "--selector", "app=\(deployment.name)", "--output", "json"], attempt)
        let pods = (try parse(text)["items"]?.array ?? []).filter { $0["status"]?["phase"]?.string == "Running" }
        let names = pods.compactMap { $0["metadata"]?["name"]?.string }
        let choice = node.options["loadbalance"] == "random" ? names.randomElement() : Self.sticky(names, key)
        guard let choice else {
            throw ImageError(
                .failed, attempt, "no pod of \(deployment.name) is running",
                advice: "imgtool builder inspect --bootstrap starts it")
        }
        let words = [
            "exec", "--container=\(KubernetesDeployment.container)", "-i", choice, "--", "buildctl", "dial-stdio",
        ]
        return DaemonEndpoint(.program([kubectl.name] + kubectl.flags + words), isEngine: false)
    }

    /// The pod for a key by rendezvous hashing: when pods come or go, few keys change theirs.
    static func sticky(_ pods: [String], _ key: String) -> String? {
        pods.max { Digest(of: Array("\($0) \(key)".utf8)).hex < Digest(of: Array("\($1) \(key)".utf8)).hex }
    }

    private func parse(_ text: String) throws(ImageError) -> JSONValue {
        do {
            return try JSONValue(parsing: text.utf8)
        } catch {
            throw ImageError(.failed, "cannot ask the node \(node.name)", "kubectl wrote no JSON: \(error)")
        }
    }
}
