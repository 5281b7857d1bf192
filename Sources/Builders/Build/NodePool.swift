package import OCI

/// The nodes of a builder that are left, for the platforms of a build.
package struct NodePool: Sendable {
    private let builder: String
    private var nodes: [(node: BuilderNode, status: NodeStatus)]

    package init(_ builder: BuilderDefinition, _ statuses: [NodeStatus]) {
        self.builder = builder.name
        nodes = Array(zip(builder.nodes, statuses))
    }

    /// The nodes that run, each with the platforms that it is to build.
    ///
    /// - Throws: ``ImageError`` if no node suits a platform, with what is wrong with those that do not run.
    package func assign(_ platforms: [Platform]) throws(ImageError) -> [(node: BuilderNode, platforms: [Platform])] {
        let running = nodes.filter { $0.status.condition == .running }
        guard !running.isEmpty else {
            let problem = nodes.compactMap(\.status.problem).first
            throw problem
                ?? ImageError(
                    .failed, "cannot build with the builder \(builder)", "none of its nodes is running",
                    advice: "start them with imgtool builder inspect --bootstrap \(builder)")
        }
        let candidates = running.map { $0.status.candidate(for: $0.node) }
        let assigned = try PlatformAssignment.assign(platforms, to: candidates, of: builder)
        return running.indices.compactMap { index in
            let own = assigned.filter { $0.node == index }.map(\.platform)
            return own.isEmpty ? nil : (running[index].node, own)
        }
    }

    /// The platform that a node runs natively; `nil` if it does not say.
    package func nativePlatform(of node: BuilderNode) -> Platform? {
        nodes.first { $0.node.name == node.name }?.status.platforms.first
    }

    /// Forgets a node that was lost.
    package mutating func remove(_ name: String) { nodes.removeAll { $0.node.name == name } }
}
