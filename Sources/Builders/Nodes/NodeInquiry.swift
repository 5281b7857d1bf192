internal import BuildKit
internal import Concurrency
internal import OCI

/// Asks nodes for their state, all at once, and none of them for long.
package struct NodeInquiry: Sendable {
    /// The time after which a node counts as unreachable.
    package static let usualLimit = Duration.seconds(3)

    private let contexts: DockerContexts
    private let runtimeFolder: String?
    private let here: NodeStatus
    private let limit: Duration

    /// - Parameter here: The state of this machine.
    package init(_ directory: BuilderDirectory, here: NodeStatus, limit: Duration = usualLimit) {
        contexts = directory.contexts
        runtimeFolder = directory.runtimeFolder
        self.here = here
        self.limit = limit
    }

    /// The states of the nodes of several builders, in their order.
    package func statuses(of builders: [BuilderDefinition]) async -> [[NodeStatus]] {
        await withTaskGroup(of: (builder: Int, node: Int, status: NodeStatus).self) { group in
            for (builder, definition) in builders.enumerated() {
                for (index, node) in definition.nodes.enumerated() {
                    group.addTask { (builder, index, await status(of: node)) }
                }
            }
            var statuses = builders.map { [NodeStatus?](repeating: nil, count: $0.nodes.count) }
            for await answer in group { statuses[answer.builder][answer.node] = answer.status }
            return statuses.map { $0.compactMap(\.self) }
        }
    }

    /// The state of a BuildKit.
    private static func status(of client: BuildKitClient) async throws -> NodeStatus {
        var status = NodeStatus(.running)
        async let version = client.version()
        let workers = try await client.workers()
        status.version = try await version?.version ?? workers.first?.version.version
        if status.version == "" { status.version = nil }
        for worker in workers {
            status.workers.append(worker.id)
            status.labels.merge(worker.labels) { first, _ in first }
            status.platforms += worker.platforms.filter { !status.platforms.contains($0) }
        }
        return status
    }

    /// The state of a node.
    package func status(of node: BuilderNode) async -> NodeStatus {
        do {
            switch node.driver {
            case .imgtool where node.isThisMachine: return here
            case .imgtool:
                let machine = try MachineNode(node, runtimeFolder: runtimeFolder)
                return try await machine.status(limit, version: here.version ?? "")
            case .dockerContainer: return try await running(node, ContainerNode(node, contexts).status(limit))
            case .kubernetes: return try await running(node, KubernetesNode(node).status(limit))
            case .docker, .remote: return try await running(node, NodeStatus(.running))
            }
        } catch {
            return NodeFailure.status(error, of: node)
        }
    }

    /// The state of a node, as its BuildKit tells it if it is running.
    private func running(_ node: BuilderNode, _ status: NodeStatus) async throws -> NodeStatus {
        guard status.condition == .running else { return status }
        let late = ImageError(
            .failed, "cannot connect to the node \(node.name) at \(node.endpoint)",
            "it did not answer within \(limit.components.seconds) seconds")
        return try await withTimeLimit(limit, orThrow: late) {
            try await NodeConnection(node, contexts).with(within: limit) { try await Self.status(of: $0) }
        }
    }
}
