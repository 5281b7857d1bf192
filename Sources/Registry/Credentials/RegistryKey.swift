/// The key of a registry, or a part of it, in configuration files.
struct RegistryKey: Sendable, Hashable {
    /// `host[:port]`, followed by the path if there is one; for Docker Hub always `docker.io`.
    let name: String

    /// Parses a key in a file: `host`, `host/namespace`, or the legacy form `https://host/v1/`, whose path is ignored.
    ///
    /// - Returns: `nil` for Docker Desktop's own entries, whose names look like registries.
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

    /// This key and its parents up to the registry, the most specific first.
    var ancestors: [RegistryKey] {
        var keys = [self]
        var name = name[...]
        while let slash = name.lastIndex(of: "/") {
            name = name[..<slash]
            keys.append(RegistryKey(name: String(name)))
        }
        return keys
    }

    /// The key in Docker's file and for credential helpers.
    var serverURL: String { name == Self.dockerHub ? "https://index.docker.io/v1/" : name }

    /// True for a part of a registry.
    var hasPath: Bool { name.contains("/") }

    private static let dockerHub = "docker.io"

    private init(name: String) { self.name = name }

    private static func canonical(host: String) -> String {
        ["index.docker.io", "registry-1.docker.io"].contains(host) ? dockerHub : host
    }
}
