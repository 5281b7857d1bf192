internal import JSON
internal import OCI

/// A builder: one or several nodes under a name.
package struct BuilderDefinition: Sendable, Hashable {
    /// The origin of a builder's definition.
    package enum Origin: Sendable, Hashable {
        /// In the program: this machine.
        case builtIn
        /// In imgtool's own configuration.
        case own
        /// By docker buildx.
        case buildx
        /// As a docker context.
        case context
    }

    package var name: String
    package var nodes: [BuilderNode]
    package var origin: Origin
    /// The time of the last change or build, in seconds since 1970, if known.
    package var lastActivity: Int64?

    package init(name: String, nodes: [BuilderNode], origin: Origin = .own, lastActivity: Int64? = nil) {
        self.name = name
        self.nodes = nodes
        self.origin = origin
        self.lastActivity = lastActivity
    }

    /// The driver of the first node.
    package var driver: BuilderDriver { nodes.first?.driver ?? .imgtool }

    /// The drivers of the nodes, each once.
    package var drivers: [BuilderDriver] {
        nodes.reduce(into: []) { drivers, node in if !drivers.contains(node.driver) { drivers.append(node.driver) } }
    }

    /// True if everything is built on this machine, by imgtool itself.
    package var isThisMachine: Bool {
        nodes.count == 1 && nodes[0].isThisMachine && nodes[0].platforms.isEmpty
    }

    /// The name of the built-in builder.
    package static let builtInName = "default"

    /// The builder for this machine.
    package static let builtIn = BuilderDefinition(
        name: builtInName, nodes: [BuilderNode(name: builtInName, driver: .imgtool, endpoint: "")], origin: .builtIn)
}

extension BuilderDefinition {
    /// Parses a builder in the format of buildx.
    ///
    /// - Throws: ``JSONError``, ``JSONShapeError``.
    init(parsing bytes: [UInt8], origin: Origin, lastActivity: Int64?) throws {
        var fields = try JSONFields(try JSONValue(parsing: bytes), at: .root)
        name = try fields.require("Name", try fields.string("Name"))
        let text = try fields.require("Driver", try fields.string("Driver"))
        let driver = try BuilderDriver(parsing: text, at: JSONPath.root.member("Driver"))
        nodes = []
        let path = JSONPath.root.member("Nodes")
        for (index, node) in (try fields.array("Nodes") ?? []).enumerated() {
            nodes.append(try BuilderNode(json: node, at: path.element(index), driver: driver))
        }
        guard !nodes.isEmpty else { throw JSONShapeError(path: path, problem: "there is no node") }
        self.origin = origin
        self.lastActivity = lastActivity
    }

    /// The builder in the format of buildx.
    var json: JSONValue {
        [
            "Name": .string(name), "Driver": .string(driver.rawValue),
            "Nodes": .array(nodes.map { $0.json(in: driver) }), "Dynamic": .bool(driver == .kubernetes),
        ]
    }
}
