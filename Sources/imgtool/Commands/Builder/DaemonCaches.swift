internal import BuildKit
internal import Builders
internal import Glibc
internal import OCI
internal import Units

/// The caches of the nodes of a builder, other than that of this machine.
struct DaemonCaches: Sendable {
    private let builder: BuilderDefinition
    private let contexts: DockerContexts

    /// - Throws: ``ImageError`` if a node has no BuildKit.
    init(_ builder: BuilderDefinition) throws(ImageError) {
        self.builder = builder
        contexts = BuilderChoice.directory.contexts
        if let node = builder.nodes.first(where: { $0.driver == .imgtool }) {
            throw ImageError(
                .failed, "cannot look at the cache of the builder \(builder.name)",
                "the node \(node.name) is one of imgtool", advice: "run imgtool build du or prune there")
        }
    }

    /// The records of all nodes, the largest first.
    ///
    /// - Throws: ``ImageError`` if a node cannot be asked; `CancellationError`.
    func records(_ filters: [String]) async throws -> [CacheRecord] {
        let filters = try Self.parsed(filters).map { [$0] } ?? []
        return try await each { client, _ in try await client.diskUsage(filters: filters) }
            .sorted { ($0.size, $1.id) > ($1.size, $0.id) }
    }

    /// Removes records of all nodes.
    ///
    /// - Parameter removed: Called for each, from any task.
    /// - Throws: ``ImageError`` if a node cannot be asked; `CancellationError`.
    func prune(_ request: PruneRequest, removed: @escaping @Sendable (CacheRecord) -> Void) async throws {
        _ = try await each { client, _ in
            try await client.prune(request, removed: removed)
            return []
        }
    }

    private func each(
        _ body: @escaping @Sendable (BuildKitClient, BuilderNode) async throws -> [CacheRecord]
    ) async throws -> [CacheRecord] {
        let contexts = contexts
        return try await withThrowingTaskGroup(of: [CacheRecord].self) { group in
            for node in builder.nodes {
                group.addTask {
                    do {
                        return try await NodeConnection(node, contexts).with { try await body($0, node) }
                    } catch let error as BuildKitError {
                        throw ImageError(.failed, "cannot look at the cache of the node \(node.name)", error.text)
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// The filter of BuildKit for filters of the command line, which all have to match.
    ///
    /// - Throws: ``ImageError`` if a name is there twice.
    static func parsed(_ filters: [String]) throws(ImageError) -> String? {
        var parts: [String] = []
        var names: Set<Substring> = []
        for filter in filters {
            let words = filter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = words.first, names.insert(name).inserted else {
                throw ImageError(.usage, "cannot use --filter \(filter)", "there is another filter of that name")
            }
            guard words.count == 2 else {
                parts.append(filter)
                continue
            }
            let isMatch = name.hasSuffix("!") || name.hasSuffix("~")
            parts.append("\(name)\(name == "id" ? "~=" : isMatch ? "=" : "==")\(words[1])")
        }
        return parts.isEmpty ? nil : parts.joined(separator: ",")
    }
}
