/// The parts of a URL that names a node.
struct EndpointURL {
    /// The problem with an address.
    struct Malformed: Error {
        let reason: String
    }

    let scheme: String
    private let user: String?
    private let host: String
    private let port: UInt16?
    private let path: String
    private let query: [String: String]

    /// - Returns: `nil` if the text has no scheme.
    init?(_ text: String) throws(Malformed) {
        guard let separator = text.firstRange(of: "://") else { return nil }
        scheme = String(text[..<separator.lowerBound])
        let parts = text[separator.upperBound...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let address = parts[0]
        query = try Self.query(parts.count > 1 ? parts[1] : "")
        if address.contains(where: { $0 == "#" || $0 == "%" || $0.isWhitespace || !$0.isASCII }) {
            throw Malformed(reason: "it has characters that do not belong there")
        }
        let slash = address.firstIndex(of: "/") ?? address.endIndex
        path = String(address[slash...])
        var authority = address[..<slash]
        if let at = authority.lastIndex(of: "@") {
            let name = authority[..<at]
            if name.contains(":") { throw Malformed(reason: "a password does not belong there") }
            guard Self.isPlain(name) else { throw Malformed(reason: "there is no user \"\(name)\"") }
            user = String(name)
            authority = authority[authority.index(after: at)...]
        } else {
            user = nil
        }
        (host, port) = try Self.hostAndPort(authority)
    }

    /// The address that the URL stands for.
    var endpoint: NodeEndpoint {
        get throws(Malformed) {
            switch scheme {
            case "unix":
                guard host.isEmpty, path.count > 1 else { throw Malformed(reason: "it needs an absolute path") }
                try check(query: [])
                return .unix(path: path)
            case "tcp":
                guard let port else { throw Malformed(reason: "the port is missing") }
                try check(query: [], hasPath: false)
                return .tcp(host: try validHost, port: port)
            case "ssh":
                try check(query: [], hasUser: true)
                return .ssh(
                    SSHAddress(user: user, host: try validHost, port: port, path: path.count > 1 ? path : nil))
            case "docker-container":
                try check(query: ["context"], hasPath: false)
                guard Self.isPlain(host[...]), port == nil else { throw Malformed(reason: "it needs a container") }
                return .container(name: host, context: query["context"])
            case "kube-pod":
                try check(query: ["namespace", "container", "context"], hasPath: false)
                guard Self.isPodName(host), port == nil else { throw Malformed(reason: "it needs a pod") }
                for (name, value) in query where name != "context" && !Self.isPodName(value) {
                    throw Malformed(reason: "\(name)=\(value) is no name")
                }
                return .pod(
                    PodAddress(
                        name: host, namespace: query["namespace"], container: query["container"],
                        context: query["context"]))
            case "kubernetes":
                guard let name = query["deployment"], Self.isPlain(name[...]) else {
                    throw Malformed(reason: "the deployment is missing")
                }
                return .deployment(name: name, configuration: query["kubeconfig"].flatMap { $0.isEmpty ? nil : $0 })
            default: throw Malformed(reason: "\(scheme):// is unknown")
            }
        }
    }

    private var validHost: String {
        get throws(Malformed) {
            guard Self.isPlain(host[...]) || host.contains(":") else { throw Malformed(reason: "it needs a host") }
            return host
        }
    }

    private func check(query names: Set<String>, hasPath: Bool = true, hasUser: Bool = false) throws(Malformed) {
        if let other = query.keys.first(where: { !names.contains($0) }) {
            throw Malformed(reason: "\(other)= means nothing there")
        }
        if !hasPath, path.count > 1 { throw Malformed(reason: "a path means nothing there") }
        if !hasUser, user != nil { throw Malformed(reason: "a user means nothing there") }
    }

    private static func query(_ text: Substring) throws(Malformed) -> [String: String] {
        var values: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let value = decoded(parts[1]) else {
                throw Malformed(reason: "\"\(pair)\" is not NAME=VALUE")
            }
            // A value becomes an argument of another program.
            if value.hasPrefix("-") { throw Malformed(reason: "\"\(pair)\" starts with a dash") }
            values[String(parts[0])] = value
        }
        return values
    }

    /// The text without percent-encoding.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                continue
            }
            guard rest.count >= 2, let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(code)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hostAndPort(_ text: Substring) throws(Malformed) -> (String, UInt16?) {
        var host = text
        var rest: Substring = ""
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            guard host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else {
                throw Malformed(reason: "\"\(host)\" is not an address")
            }
        } else if let colon = text.lastIndex(of: ":") {
            (host, rest) = (text[..<colon], text[colon...])
            if host.contains(":") { throw Malformed(reason: "an IPv6 address goes into brackets") }
        }
        if rest.isEmpty { return (String(host), nil) }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else {
            throw Malformed(reason: "\"\(rest.dropFirst())\" is not a port")
        }
        return (String(host), port)
    }

    /// Returns true for a name of a host, user or container, which no program takes for a flag.
    private static func isPlain(_ text: Substring) -> Bool {
        text.wholeMatch(of: /[a-zA-Z0-9_][a-zA-Z0-9_.-]*/.asciiOnlyCharacterClasses()) != nil
    }

    /// Returns true for a name of Kubernetes.
    private static func isPodName(_ text: String) -> Bool {
        text.wholeMatch(of: /[a-z0-9][-a-z0-9.]*/.asciiOnlyCharacterClasses()) != nil
    }
}
