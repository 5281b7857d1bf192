internal import BuildEngine
internal import BuildPlan
internal import DockerfileLanguage
internal import Executor
internal import Glibc
internal import OCI
internal import Spelling

/// Parses the structured values of the flags of `build`.
enum BuildFlagText {
    /// The fields of a comma-separated value, each of which may be quoted.
    static func fields(of text: String, for flag: String) throws(ImageError) -> [String] {
        do throws(CommaSeparatedLine.Malformed) {
            return try CommaSeparatedLine.fields(of: text)
        } catch {
            throw ImageError(.usage, "cannot read \(flag) \(text)", error.reason, advice: error.advice)
        }
    }

    /// `NAME=VALUE`.
    static func pair(_ text: String, for flag: String) throws(ImageError) -> (name: String, value: String) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            let lacking = text.first == "=" || text.isEmpty ? "name" : "value"
            throw ImageError(
                .usage, "cannot read \(flag) \(text)", "it has no \(lacking)", advice: "write it as NAME=VALUE")
        }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    /// `NAME=VALUE`, or a name alone for the value of the environment variable; it is omitted if the variable is not
    /// set.
    static func arguments(_ texts: [String]) throws(ImageError) -> [String: String] {
        var arguments: [String: String] = [:]
        for text in texts {
            if text.contains("=") {
                let (name, value) = try pair(text, for: "--build-arg")
                arguments[name] = value
            } else if let value = getenv(text) {
                arguments[text] = String(cString: value)
            }
        }
        return arguments
    }

    /// `network.host` and `security.insecure`, comma-separated or repeated.
    static func entitlements(_ texts: [String]) throws(ImageError) -> Set<Entitlement> {
        var allowed: Set<Entitlement> = []
        for text in texts {
            for name in try fields(of: text, for: "--allow") where !name.isEmpty {
                guard let entitlement = Entitlement(rawValue: name) else { throw unknown(entitlement: name) }
                allowed.insert(entitlement)
            }
        }
        return allowed
    }

    private static func unknown(entitlement name: String) -> ImageError {
        let names = Entitlement.allCases.map(\.rawValue)
        let kind = name.prefix { $0 != "=" }
        let (reason, advice): (String, String?) =
            switch kind {
            case "device": ("devices cannot be given to a step", nil)
            case "fs", "fs.read", "fs.write", "ssh":
                (
                    "it is for bake files; a build reads and writes what its own flags name, and needs no permission for it",
                    nil
                )
            default:
                (
                    "there is nothing of this name to allow",
                    NearestName.advice(name, in: names) ?? "there are \(names.joined(separator: " and "))"
                )
            }
        return ImageError(.usage, "cannot read --allow \(name)", reason, advice: advice ?? "leave it out")
    }

    /// `NAME=docker-image://REF`, `NAME=oci-layout://PATH`, or `NAME=FOLDER`.
    static func context(
        _ text: String
    ) throws(ImageError) -> (name: String, meaning: BuildRequest.NamedContext, folder: String?) {
        let (name, value) = try pair(text, for: "--build-context")
        let scheme = "docker-image://"
        if value.hasPrefix(scheme) { return (name, .image(String(value.dropFirst(scheme.count))), nil) }
        if Reference.hasScheme(value) { return (name, .image(value), nil) }
        if value.contains("://") {
            throw ImageError(
                .usage, "cannot use the build context \(text)", "this kind of address is not supported yet",
                advice: "use docker-image://, oci-layout:// or a folder")
        }
        return (name, .folder, try folder(value, for: "the build context \(name)"))
    }

    /// The absolute path of an existing folder.
    static func folder(_ path: String, for purpose: String) throws(ImageError) -> String {
        if path == "-" || path.contains("://") {
            throw ImageError(
                .usage, "cannot use \(path) as \(purpose)", "only folders are supported yet",
                advice: "fetch or unpack it, and name the folder")
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            let reason = errno == ENOENT ? "there is no such folder" : String(cString: strerror(errno))
            throw ImageError(.usage, "cannot use \(path) as \(purpose)", reason)
        }
        guard status.st_mode & S_IFMT == S_IFDIR, let absolute = realpath(path, nil) else {
            throw ImageError(.usage, "cannot use \(path) as \(purpose)", "it is not a folder")
        }
        defer { free(absolute) }
        return String(cString: absolute)
    }

    /// `id=ID[,src=FILE|,env=VARIABLE]`: the ID and content of the secret.
    static func secret(_ text: String) throws(ImageError) -> (id: String, bytes: [UInt8]) {
        let attempt = "cannot read --secret \(text)"
        var fields: [String: String] = [:]
        for field in try self.fields(of: text, for: "--secret") {
            let (name, value) = try pair(field, for: "--secret")
            fields[name.lowercased() == "source" ? "src" : name.lowercased()] = value
        }
        let known: Set = ["id", "src", "env", "type"]
        if let odd = fields.keys.sorted().first(where: { !known.contains($0) }) {
            throw ImageError(.usage, attempt, "a secret has no \(odd)", advice: "it has id, src and env")
        }
        guard let id = fields["id"], !id.isEmpty else {
            throw ImageError(.usage, attempt, "it has no id", advice: "write it as id=NAME,src=FILE")
        }
        if let path = fields["src"], fields["type"] != "env" {
            return (id, try InputFile.read(path, for: "the secret \(id)"))
        }
        let name = fields["env"] ?? fields["src"] ?? id
        if let value = getenv(name) { return (id, Array(String(cString: value).utf8)) }
        if fields["env"] != nil || fields["type"] == "env" {
            throw ImageError(.usage, attempt, "there is no variable \(name)")
        }
        return (id, try InputFile.read(id, for: "the secret \(id)"))
    }

    /// `HOST:ADDRESS` or `HOST=ADDRESS`, comma-separated, the address optionally in brackets.
    static func hosts(_ text: String) throws(ImageError) -> [SandboxSpec.HostAddress] {
        try fields(of: text, for: "--add-host").map { text throws(ImageError) in try host(text) }
    }

    private static func host(_ text: String) throws(ImageError) -> SandboxSpec.HostAddress {
        guard let separator = text.firstIndex(where: { $0 == "=" }) ?? text.firstIndex(of: ":"),
            separator > text.startIndex, text.index(after: separator) < text.endIndex
        else {
            throw ImageError(
                .usage, "cannot read --add-host \(text)", "it is not a name with an address",
                advice: "write it as NAME=ADDRESS")
        }
        var address = text[text.index(after: separator)...]
        if address.hasPrefix("["), address.hasSuffix("]") { address = address.dropFirst().dropLast() }
        // There is no separate network with the machine as its gateway.
        if address == "host-gateway" { address = "127.0.0.1" }
        var bytes = in6_addr()
        guard [AF_INET, AF_INET6].contains(where: { inet_pton($0, String(address), &bytes) == 1 }) else {
            throw ImageError(
                .usage, "cannot read --add-host \(text)", "\(address) is not an IP address",
                advice: "write it as NAME=ADDRESS")
        }
        return SandboxSpec.HostAddress(name: String(text[..<separator]), address: String(address))
    }
}
