package import OCI

/// The nodes of a builder that are left, for the platforms of a build.
package struct NodePool: Sendable {
    /// A node and the platforms that it is to build.
    package struct Share: Sendable {
        package let node: BuilderNode
        package let platforms: [Platform]
        /// The platform that the node runs natively; `nil` if it does not say.
        package let nativePlatform: Platform?
    }

    private let builder: String
    private var nodes: [(node: BuilderNode, status: NodeStatus)]

    package init(_ builder: BuilderDefinition, _ statuses: [NodeStatus]) {
        self.builder = builder.name
        nodes = Array(zip(builder.nodes, statuses))
    }

    /// The nodes that run, each with the platforms that it is to build.
    ///
    /// - Throws: ``ImageError`` if no node suits a platform, with what is wrong with those that do not run.
    package func assign(_ platforms: [Platform]) throws(ImageError) -> [Share] {
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
            let (node, status) = running[index]
            return own.isEmpty ? nil : Share(node: node, platforms: own, nativePlatform: status.platforms.first)
        }
    }

    /// Forgets a node that was lost.
    package mutating func remove(_ name: String) { nodes.removeAll { $0.node.name == name } }
}
