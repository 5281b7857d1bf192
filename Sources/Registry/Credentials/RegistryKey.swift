/// The names by which a registry, or a part of it, goes in configuration files.
struct RegistryKey: Sendable, Hashable {
    /// `host[:port]` with the path that follows it, if any; Docker Hub is always `docker.io`.
    let name: String

    /// Reads a key of a file: `host`, `host/namespace`, or the older `https://host/v1/`, whose path says nothing.
    ///
    /// - Returns: `nil` for what Docker Desktop keeps for itself under names that look like a registry's.
    init?(fileKey key: String) {
        var rest = key[...]
        var isURL = false
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            isURL = true
        }
        if isURL, rest.hasSuffix("/access-token") || rest.hasSuffix("/refresh-token") { return nil }
        let host = rest.prefix { $0 != "/" }
        var path = isURL ? "" : rest[host.endIndex...]
        while path.hasSuffix("/") { path.removeLast() }
        name = Self.canonical(host: host.lowercased()) + path
    }

    /// - Parameter path: A repository; empty for the registry as a whole.
    init(host: String, path: String = "") {
        name = Self.canonical(host: host.lowercased()) + (path.isEmpty ? "" : "/\(path)")
    }

    /// This key and all that it is a part of, up to the registry: the most precise first.
    var ancestors: [RegistryKey] {
        var keys = [self]
        var name = name[...]
        while let slash = name.lastIndex(of: "/") {
            name = name[..<slash]
            keys.append(RegistryKey(name: String(name)))
        }
        return keys
    }

    /// What Docker calls it, in its file and to its credential programs.
    var serverURL: String { name == Self.dockerHub ? "https://index.docker.io/v1/" : name }

    /// Whether it is only a part of a registry.
    var hasPath: Bool { name.contains("/") }

    private static let dockerHub = "docker.io"

    private init(name: String) { self.name = name }

    private static func canonical(host: String) -> String {
        ["index.docker.io", "registry-1.docker.io"].contains(host) ? dockerHub : host
    }
}
