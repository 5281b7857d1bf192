package import OCI

/// A change of a builder's nodes: what `create` was asked for.
package struct NodeRequest: Sendable {
    /// The name of the node; `nil` for the next free one.
    package var node: String?
    package var driver: BuilderDriver?
    /// The address; `nil` for the driver's usual one.
    package var endpoint: String?
    package var platforms: [Platform] = []
    /// Options in the form `NAME=VALUE`.
    package var options: [String] = []
    /// The arguments of the BuildKit daemon; `nil` for no change.
    package var flags: [String]?
    package var files: [String: [UInt8]] = [:]
    /// True to add a node to a builder that exists.
    package var appends = false

    package init() {}
}

extension BuilderDefinition {
    /// A new builder with one node.
    ///
    /// - Parameter usualEngine: The endpoint of the current docker context.
    /// - Throws: ``ImageError``.
    package static func new(
        _ name: String, _ request: NodeRequest, usualEngine: String, configuration: String?
    ) throws(ImageError) -> BuilderDefinition {
        var builder = BuilderDefinition(name: try BuilderName.validated(name), nodes: [])
        guard builder.name != builtInName else {
            throw ImageError(
                .usage, "cannot create the builder \(name)",
                "that is the name of the engine of imgtool on this machine",
                advice: "use another name")
        }
        try builder.append(request, usualEngine: usualEngine, configuration: configuration)
        return builder
    }

    /// Adds a node, or changes one.
    ///
    /// - Returns: True if a node was changed that may be running with its old settings.
    /// - Throws: ``ImageError``.
    package mutating func apply(
        _ request: NodeRequest, usualEngine: String, configuration: String?
    ) throws(ImageError) -> Bool {
        if let name = request.node, let index = nodes.firstIndex(where: { $0.name == name.lowercased() }) {
            return try change(index, request)
        }
        guard request.appends else {
            if let node = request.node {
                throw ImageError(
                    .notFound, "cannot change the node \(node)", "the builder \(name) has no such node",
                    advice: "--append adds one")
            }
            throw ImageError(
                .usage, "cannot create the builder \(name)", "it exists",
                advice: "--append adds a node, --node changes one")
        }
        try append(request, usualEngine: usualEngine, configuration: configuration)
        return false
    }

    /// Removes a node.
    ///
    /// - Returns: The removed node.
    /// - Throws: ``ImageError``.
    package mutating func leave(_ name: String) throws(ImageError) -> BuilderNode {
        guard let index = nodes.firstIndex(where: { $0.name == name.lowercased() }) else {
            throw ImageError(
                .notFound, "cannot remove the node \(name)", "the builder \(self.name) has no such node",
                advice: "it has \(nodes.map(\.name).joined(separator: ", "))")
        }
        guard nodes.count > 1 else {
            throw ImageError(
                .usage, "cannot remove the node \(name)", "the builder \(self.name) has no other",
                advice: "imgtool builder rm \(self.name) removes it with its node")
        }
        return nodes.remove(at: index)
    }

    private mutating func append(
        _ request: NodeRequest, usualEngine: String, configuration: String?
    ) throws(ImageError) {
        let driver = request.driver ?? Self.driver(of: request.endpoint, in: self)
        let node = try BuilderName.validated(request.node ?? nextNodeName, of: "node")
        let endpoint =
            if let given = request.endpoint { given } else {
                switch driver {
                case .imgtool, .remote: ""
                case .docker, .dockerContainer: usualEngine
                case .kubernetes: Self.deployment(of: node, in: name, configuration)
                }
            }
        let added = BuilderNode(
            name: node, driver: driver, endpoint: endpoint, platforms: Self.unique(request.platforms),
            options: try DriverOptions.parse(request.options, for: driver),
            flags: try Self.flags(request, driver), files: request.files)
        try checkEndpoint(of: added, among: nodes)
        nodes.append(added)
    }

    private mutating func change(_ index: Int, _ request: NodeRequest) throws(ImageError) -> Bool {
        var node = nodes[index]
        if let driver = request.driver, driver != node.driver {
            guard request.endpoint != nil || driver == .imgtool else {
                throw ImageError(
                    .usage, "cannot change the driver of the node \(node.name)", "its endpoint is for another one",
                    advice: "name the new endpoint as well")
            }
            (node.driver, node.options, node.flags) = (driver, [:], [])
            if request.endpoint == nil { node.endpoint = "" }
        }
        if let endpoint = request.endpoint { node.endpoint = endpoint }
        if !request.platforms.isEmpty { node.platforms = Self.unique(request.platforms) }
        if !request.options.isEmpty { node.options = try DriverOptions.parse(request.options, for: node.driver) }
        if request.flags != nil { node.flags = try Self.flags(request, node.driver) }
        if !request.files.isEmpty { node.files = request.files }
        let old = nodes[index]
        try checkEndpoint(of: node, among: nodes.filter { $0.name != old.name })
        nodes[index] = node
        return old.driver.createsNodes
            && (old.endpoint, old.options, old.flags, old.files)
                != (node.endpoint, node.options, node.flags, node.files)
    }

    /// The driver of a node without `--driver`.
    private static func driver(of endpoint: String?, in builder: BuilderDefinition) -> BuilderDriver {
        guard let endpoint else { return builder.nodes.first?.driver ?? .imgtool }
        if let driver = NodeEndpoint.driver(of: endpoint) { return driver }
        for node in builder.nodes where (try? NodeEndpoint(parsing: endpoint, for: node.driver)) != nil {
            return node.driver
        }
        return .docker
    }

    private static func flags(_ request: NodeRequest, _ driver: BuilderDriver) throws(ImageError) -> [String] {
        let flags = request.flags ?? []
        guard !driver.createsNodes else { return flags }
        guard flags.isEmpty, request.files.isEmpty else {
            throw ImageError(
                .usage, "cannot configure the BuildKit of a node with the driver \(driver.rawValue)",
                "it is not created for the builder", advice: "use --driver docker-container or kubernetes")
        }
        return flags
    }

    private static func unique(_ platforms: [Platform]) -> [Platform] {
        platforms.map(\.normalized).reduce(into: []) { unique, platform in
            if !unique.contains(where: platform.isSame) { unique.append(platform) }
        }
    }

    private static func deployment(of node: String, in builder: String, _ configuration: String?) -> String {
        var encoded = ""
        for byte in (configuration ?? "").utf8 {
            let letter = Character(Unicode.Scalar(byte))
            let isPlain = letter.isASCII && (letter.isLetter || letter.isNumber || "-._~".contains(letter))
            let digits = String(byte, radix: 16, uppercase: true)
            encoded += isPlain ? String(letter) : "%" + (digits.count == 1 ? "0" : "") + digits
        }
        return "kubernetes:///\(builder)?deployment=\(node)&kubeconfig=\(encoded)"
    }

    private var nextNodeName: String {
        var number = 0
        while nodes.contains(where: { $0.name == "\(name)\(number)" }) { number += 1 }
        return "\(name)\(number)"
    }

    private func checkEndpoint(of node: BuilderNode, among others: [BuilderNode]) throws(ImageError) {
        let endpoint = try NodeEndpoint(parsing: node.endpoint, for: node.driver)
        for other in others where (try? NodeEndpoint(parsing: other.endpoint, for: other.driver)) == endpoint {
            throw ImageError(
                .usage, "cannot add the endpoint \"\(node.endpoint)\" to the builder \(name)",
                "the node \(other.name) has it")
        }
    }
}
