/// An environment variable for a proxy, such as `HTTP_PROXY=http://user@host:port`.
enum ProxyVariable {
    private static let names: Set = ["http_proxy", "https_proxy", "ftp_proxy", "all_proxy"]

    /// Returns true if the proxy is on the loopback interface.
    static func leadsToLoopback(_ variable: String) -> Bool {
        let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, names.contains(parts[0].lowercased()) else { return false }
        var address = parts[1]
        if let scheme = address.firstRange(of: "://") { address = address[scheme.upperBound...] }
        address = address.prefix { $0 != "/" }
        if let user = address.lastIndex(of: "@") { address = address[address.index(after: user)...] }
        let host = address.hasPrefix("[") ? address.dropFirst().prefix { $0 != "]" } : address.prefix { $0 != ":" }
        return host.hasPrefix("127.") || host == "::1" || host.lowercased() == "localhost"
    }
}
