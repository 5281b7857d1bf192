internal import Builders
internal import JSON
internal import OCI
internal import Units

/// A builder with the states of its nodes, as it is shown.
struct BuilderReport {
    let name: String
    let definition: BuilderDefinition?
    /// The error with which the definition could not be read.
    let problem: ImageError?
    let statuses: [NodeStatus]
    let isCurrent: Bool

    /// All builders, after asking all their nodes.
    ///
    /// - Throws: ``ImageError``.
    static func all(in directory: BuilderDirectory) async throws -> [BuilderReport] {
        let current = try directory.current().name
        let listings = try directory.all()
        let definitions = listings.map { try? $0.definition.get() }
        let inquiry = NodeInquiry(directory, here: ThisMachine.status)
        let statuses = await inquiry.statuses(of: definitions.map { $0 ?? BuilderDefinition(name: "", nodes: []) })
        return listings.indices.map { index in
            var problem: ImageError?
            if case .failure(let error) = listings[index].definition { problem = error }
            return BuilderReport(
                name: listings[index].name, definition: definitions[index], problem: problem,
                statuses: statuses[index], isCurrent: listings[index].name == current)
        }
    }

    /// The time for the nodes of a single builder to answer, as in buildx.
    private static let patience = Duration.seconds(20)

    /// One builder, after asking its nodes.
    static func of(_ builder: BuilderDefinition, in directory: BuilderDirectory) async throws -> BuilderReport {
        let inquiry = NodeInquiry(directory, here: ThisMachine.status, limit: patience)
        return BuilderReport(
            name: builder.name, definition: builder, problem: nil, statuses: await inquiry.statuses(of: [builder])[0],
            isCurrent: try directory.current().name == builder.name)
    }

    /// The nodes with their states.
    var nodes: [(node: BuilderNode, status: NodeStatus)] { Array(zip(definition?.nodes ?? [], statuses)) }

    /// The drivers of the nodes.
    var drivers: String { (definition?.drivers ?? []).map(\.rawValue).joined(separator: ", ") }

    /// The errors of the builder and its nodes.
    var problems: [ImageError] { [problem].compactMap(\.self) + statuses.compactMap(\.problem) }

    /// The platforms of a node: declared ones with an asterisk, then those that it reports.
    static func platforms(of node: BuilderNode, _ status: NodeStatus) -> [String] {
        let reported = status.platforms.filter { platform in !node.platforms.contains(where: platform.isSame) }
        let names = node.platforms.map { "\($0.fullDescription)*" } + reported.map(\.fullDescription)
        return names.reduce(into: []) { unique, name in if !unique.contains(name) { unique.append(name) } }
    }

    /// The endpoint of a node as it is shown.
    static func endpoint(of node: BuilderNode) -> String { node.endpoint.isEmpty ? "this machine" : node.endpoint }

    /// The time of the last activity, or Go's zero time.
    var lastActivity: String {
        definition?.lastActivity.map(RFC3339.text(seconds:)) ?? "0001-01-01T00:00:00Z"
    }

    /// The builder as JSON, with the names of buildx.
    var json: JSONValue {
        var object = JSONObject()
        object["Name"] = .string(name)
        object["Driver"] = .string(definition?.driver.rawValue ?? "")
        object["LastActivity"] = .string(lastActivity)
        object["Dynamic"] = .bool(definition?.driver == .kubernetes)
        object["Nodes"] = .array(nodes.map { json(of: $0, $1) })
        object["Err"] = problem.map { .string($0.description) }
        return .object(object)
    }

    private func json(of node: BuilderNode, _ status: NodeStatus) -> JSONValue {
        var object = JSONObject()
        object["Name"] = .string(node.name)
        object["Endpoint"] = .string(Self.endpoint(of: node))
        object["Driver"] = node.driver == definition?.driver ? nil : .string(node.driver.rawValue)
        object["Flags"] = Self.list(node.flags)
        object["DriverOpts"] = Self.map(node.options)
        object["Status"] = .string(status.text)
        object["Version"] = status.version.map { .string($0) }
        object["IDs"] = Self.list(status.workers)
        object["Platforms"] = Self.list(
            (node.platforms + status.platforms).map(\.fullDescription).reduce(into: []) { unique, name in
                if !unique.contains(name) { unique.append(name) }
            })
        object["Labels"] = Self.map(status.labels)
        object["Err"] = status.problem.map { .string($0.description) }
        return .object(object)
    }

    private static func list(_ values: [String]) -> JSONValue? {
        values.isEmpty ? nil : .array(values.map { .string($0) })
    }

    private static func map(_ values: [String: String]) -> JSONValue? {
        values.isEmpty ? nil : .object(JSONObject(values.map { .init($0.key, .string($0.value)) }).sorted)
    }
}
