internal import JSON

/// The JSON form in which a step is sent to the process that sets it up.
///
/// Both ends are the same program, so an invalid value is a bug and yields `nil`.
extension SandboxSpec {
    var json: JSONValue {
        [
            "root": root.json,
            "arguments": .array(arguments.map { .string($0) }),
            "environment": .array(environment.map { .string($0) }),
            "workingFolder": .string(workingFolder),
            "user": .string(user),
            "hostname": .string(hostname),
            "extraHosts": .array(extraHosts.map { [.string($0.name), .string($0.address)] }),
            "network": .string(network.rawValue),
            "security": .string(security.rawValue),
            "mounts": .array(mounts.map(\.json)),
            "sharedMemorySize": .integer(sharedMemorySize),
            "processLimit": .integer(processLimit ?? 0),
            "dataLimit": .integer(dataLimit ?? 0),
            "emulation": emulation.json,
        ]
    }

    init?(json: JSONValue) {
        guard let root = json["root"].flatMap(Mountable.init(json:)),
            let arguments = json["arguments"]?.strings,
            let environment = json["environment"]?.strings,
            let workingFolder = json["workingFolder"]?.string,
            let user = json["user"]?.string,
            let hostname = json["hostname"]?.string,
            let hosts = json["extraHosts"]?.array?.compactMap(\.strings),
            let network = json["network"]?.string.flatMap(Network.init(rawValue:)),
            let security = json["security"]?.string.flatMap(Security.init(rawValue:)),
            let mounts = json["mounts"]?.array,
            let sharedMemorySize = json["sharedMemorySize"]?.integer,
            let processLimit = json["processLimit"]?.integer,
            let dataLimit = json["dataLimit"]?.integer,
            let emulation = json["emulation"].flatMap(Emulation.init(json:))
        else { return nil }
        self.init(root: root, arguments: arguments)
        self.environment = environment
        self.workingFolder = workingFolder
        self.user = user
        self.hostname = hostname
        extraHosts = hosts.filter { $0.count == 2 }.map { HostAddress(name: $0[0], address: $0[1]) }
        self.network = network
        self.security = security
        self.mounts = mounts.compactMap(SandboxMount.init(json:))
        self.sharedMemorySize = sharedMemorySize
        self.processLimit = processLimit > 0 ? processLimit : nil
        self.dataLimit = dataLimit > 0 ? dataLimit : nil
        self.emulation = emulation
        guard self.mounts.count == mounts.count, extraHosts.count == hosts.count else { return nil }
    }
}

extension Mountable {
    var json: JSONValue {
        switch self {
        case .folder(let path): ["folder": .string(path)]
        case .layers(let layers, let program):
            ["layers": .array(layers.map { .string($0) }), "program": .string(program ?? "")]
        case .overlay(let layers, let upper, let work, let program):
            [
                "layers": .array(layers.map { .string($0) }), "upper": .string(upper), "work": .string(work),
                "program": .string(program ?? ""),
            ]
        }
    }

    init?(json: JSONValue) {
        if let folder = json["folder"]?.string {
            self = .folder(folder)
        } else if let layers = json["layers"]?.strings {
            let program = json["program"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            if let upper = json["upper"]?.string, let work = json["work"]?.string {
                self = .overlay(layers: layers, upper: upper, work: work, program: program)
            } else {
                self = .layers(layers, program: program)
            }
        } else {
            return nil
        }
    }
}

extension SandboxMount {
    var json: JSONValue {
        var object = JSONObject([.init("target", .string(target))])
        switch source {
        case .bind(let tree, let path, let isReadOnly):
            object["bind"] = tree.json
            object["path"] = .string(path)
            object["isReadOnly"] = .bool(isReadOnly)
        case .memory(let size):
            object["size"] = .integer(size ?? 0)
        case .secret(let content, let permissions, let user, let group):
            object["secret"] = .array(content.map { .integer(Int64($0)) })
            object["permissions"] = .integer(Int64(permissions))
            object["user"] = .integer(Int64(user))
            object["group"] = .integer(Int64(group))
        }
        return .object(object)
    }

    init?(json: JSONValue) {
        guard let target = json["target"]?.string else { return nil }
        if let tree = json["bind"].flatMap(Mountable.init(json:)), let path = json["path"]?.string,
            let isReadOnly = json["isReadOnly"]?.bool
        {
            self.init(target: target, source: .bind(tree, path: path, isReadOnly: isReadOnly))
        } else if let size = json["size"]?.integer {
            self.init(target: target, source: .memory(size: size > 0 ? size : nil))
        } else if let content = json["secret"]?.array, let permissions = json["permissions"]?.integer,
            let user = json["user"]?.integer, let group = json["group"]?.integer
        {
            self.init(
                target: target,
                source: .secret(
                    content.map { UInt8(truncatingIfNeeded: $0.integer ?? 0) },
                    permissions: UInt32(truncatingIfNeeded: permissions), user: UInt32(truncatingIfNeeded: user),
                    group: UInt32(truncatingIfNeeded: group)))
        } else {
            return nil
        }
    }
}

extension Emulation {
    var json: JSONValue {
        switch self {
        case .native: ["kind": "native"]
        case .registered: ["kind": "registered"]
        case .ofStep(let emulator, let architecture):
            ["kind": "ofStep", "emulator": .string(emulator), "architecture": .string(architecture.rawValue)]
        }
    }

    init?(json: JSONValue) {
        switch json["kind"]?.string {
        case "native": self = .native
        case "registered": self = .registered
        case "ofStep":
            guard let emulator = json["emulator"]?.string,
                let architecture = json["architecture"]?.string.flatMap(Architecture.init(rawValue:))
            else { return nil }
            self = .ofStep(emulator: emulator, architecture)
        default: return nil
        }
    }
}

extension JSONValue {
    /// The elements of an array of strings.
    var strings: [String]? {
        guard let array else { return nil }
        let strings = array.compactMap(\.string)
        return strings.count == array.count ? strings : nil
    }
}
