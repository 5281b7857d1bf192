package import OCI

/// Starts, stops and removes what is created for builders. Nodes of other drivers are left alone.
package struct NodeLifecycle: Sendable {
    private let contexts: DockerContexts
    private let notice: @Sendable (String) -> Void

    /// - Parameter notice: Shows a line while something takes long.
    package init(_ directory: BuilderDirectory, notice: @escaping @Sendable (String) -> Void) {
        contexts = directory.contexts
        self.notice = notice
    }

    /// Starts the nodes of a builder, all at once, and waits until BuildKit answers there.
    ///
    /// - Throws: ``ImageError`` of the first node that fails, `CancellationError`.
    package func start(_ builder: BuilderDefinition) async throws {
        if let error = try await each(builder, start).first { throw error }
    }

    /// Stops the nodes of a builder.
    ///
    /// - Throws: ``ImageError`` of the first node that fails, `CancellationError`.
    package func stop(_ builder: BuilderDefinition) async throws {
        let errors = try await each(builder) { node in
            if node.driver == .dockerContainer { try await ContainerNode(node, contexts).stop() }
        }
        if let error = errors.first { throw error }
    }

    /// Removes what has been created for a builder.
    ///
    /// - Parameter limit: The time for each operation.
    /// - Returns: The errors of nodes.
    /// - Throws: `CancellationError`.
    package func remove(
        _ builder: BuilderDefinition, keepingState keepsState: Bool, limit: Duration? = nil
    ) async throws -> [ImageError] {
        try await each(builder) { node in
            switch node.driver {
            case .dockerContainer:
                try await ContainerNode(node, contexts).remove(keepingState: keepsState, limit: limit)
            case .kubernetes: try await KubernetesNode(node).remove(limit: limit)
            case .imgtool, .docker, .remote: break
            }
        }
    }

    private func start(_ node: BuilderNode) async throws {
        switch node.driver {
        case .dockerContainer: try await ContainerNode(node, contexts).start(notice)
        case .kubernetes: try await KubernetesNode(node).start(notice)
        case .imgtool, .docker, .remote: break
        }
    }

    /// - Returns: The errors, in the order of the nodes.
    private func each(
        _ builder: BuilderDefinition, _ body: @escaping @Sendable (BuilderNode) async throws -> Void
    ) async throws -> [ImageError] {
        let errors = await withTaskGroup(of: (Int, ImageError?).self) { group in
            for (index, node) in builder.nodes.enumerated() {
                group.addTask {
                    do {
                        try await body(node)
                        return (index, nil)
                    } catch let error as ImageError {
                        return (index, error)
                    } catch {
                        return (index, ImageError(.failed, "cannot use the node \(node.name)", "\(error)"))
                    }
                }
            }
            return await group.reduce(into: []) { errors, result in errors.append(result) }
        }
        try Task.checkCancellation()
        return errors.sorted { $0.0 < $1.0 }.compactMap(\.1)
    }
}
