internal import JSON
package import OCI

/// A node of a builder.
package struct BuilderNode: Sendable, Hashable {
    package var name: String
    package var driver: BuilderDriver
    /// The address as given: the name of a docker context, or a URL; empty for this machine.
    package var endpoint: String
    /// The only platforms to be built there; empty for all that the node reports.
    package var platforms: [Platform]
    /// The driver's options, by name.
    package var options: [String: String]
    /// The arguments of the BuildKit daemon, if it is created for the builder.
    package var flags: [String]
    /// The configuration of that daemon: files by their path in its configuration folder.
    package var files: [String: [UInt8]]

    package init(
        name: String, driver: BuilderDriver, endpoint: String, platforms: [Platform] = [],
        options: [String: String] = [:], flags: [String] = [], files: [String: [UInt8]] = [:]
    ) {
        self.name = name
        self.driver = driver
        self.endpoint = endpoint
        self.platforms = platforms
        self.options = options
        self.flags = flags
        self.files = files
    }

    /// True for the engine of this machine.
    package var isThisMachine: Bool { driver == .imgtool && endpoint.isEmpty }
}

extension BuilderNode {
    /// Parses a node in the format of buildx.
    ///
    /// - Parameter driver: The driver of the builder, for nodes without their own.
    /// - Throws: ``JSONShapeError``.
    init(json: JSONValue, at path: JSONPath, driver: BuilderDriver) throws(JSONShapeError) {
        var fields = try JSONFields(json, at: path)
        name = try fields.require("Name", try fields.string("Name"))
        self.driver = driver
        if let own = try fields.string("Driver") {
            self.driver = try BuilderDriver(parsing: own, at: path.member("Driver"))
        }
        endpoint = try fields.string("Endpoint") ?? ""
        platforms = []
        for (index, platform) in (try fields.array("Platforms") ?? []).enumerated() {
            platforms.append(try Platform(json: platform, at: path.member("Platforms").element(index)).normalized)
        }
        options = try fields.stringMap("DriverOpts")
        flags = try fields.strings("Flags")
        files = [:]
        for (file, text) in try fields.stringMap("Files") {
            guard let bytes = Base64.decode(text) else {
                throw JSONShapeError(path: path.member("Files").member(file), problem: "it is not in base64")
            }
            files[file] = bytes
        }
    }

    /// The node in the format of buildx.
    ///
    /// - Parameter driver: The driver of the builder, which is not repeated.
    func json(in driver: BuilderDriver) -> JSONValue {
        var object = JSONObject()
        object["Name"] = .string(name)
        object["Driver"] = self.driver == driver ? nil : .string(self.driver.rawValue)
        object["Endpoint"] = .string(endpoint)
        object["Platforms"] = .array(platforms.map(\.json))
        object["DriverOpts"] = Self.map(options)
        object["Flags"] = .array(flags.map { .string($0) })
        object["Files"] = Self.map(files.mapValues(Base64.encode))
        return .object(object)
    }

    private static func map(_ values: [String: String]) -> JSONValue {
        .object(JSONObject(values.map { .init($0.key, .string($0.value)) }).sorted)
    }
}

extension BuilderDriver {
    init(parsing text: String, at path: JSONPath) throws(JSONShapeError) {
        guard let driver = BuilderDriver(rawValue: text) else {
            throw JSONShapeError(path: path, problem: "there is no driver \"\(text)\" in this version of imgtool")
        }
        self = driver
    }
}
