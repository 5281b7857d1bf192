/// The network configuration files in a sandbox's `/etc`.
enum NetworkFiles {
    static func hosts(hostname: String, extra: [SandboxSpec.HostAddress]) -> String {
        let own = [("127.0.0.1", "localhost \(hostname)"), ("::1", "localhost ip6-localhost ip6-loopback")]
        let lines = own + extra.map { ($0.address, $0.name) }
        return lines.map { "\($0.0)\t\($0.1)\n" }.joined()
    }

    /// The `resolv.conf` for a sandbox.
    ///
    /// Servers on the loopback interface are omitted, since they may only be reachable from this machine. If there is
    /// no other, they are kept for a sandbox that shares the machine's loopback interface.
    ///
    /// - Parameters:
    ///   - host: This machine's `/etc/resolv.conf`.
    ///   - upstream: The file with the upstream servers of systemd-resolved.
    ///   - forwarder: A server that forwards to those of this machine, for a sandbox that does not share the machine's
    ///     loopback interface.
    static func resolverConfiguration(
        host: String?, upstream: String?, sharesLoopback: Bool, forwarder: String? = nil
    ) -> String {
        let asked = [host, upstream].compactMap { $0 }
        if let usable = asked.first(where: { $0.split(separator: "\n").contains { isServer($0) && !isLoopback($0) } }) {
            return lines(of: usable) { !isServer($0) || !isLoopback($0) }
        }
        if let forwarder { return lines(of: host ?? "") { !isServer($0) } + "nameserver \(forwarder)\n" }
        return lines(of: host ?? "") { !isServer($0) || sharesLoopback }
    }

    private static func lines(of text: String, where isKept: (Substring) -> Bool) -> String {
        text.split(separator: "\n").filter(isKept).map { "\($0)\n" }.joined()
    }

    private static func isServer(_ line: Substring) -> Bool { words(line).first == "nameserver" }

    private static func isLoopback(_ line: Substring) -> Bool {
        let address = words(line).dropFirst().first ?? ""
        return address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::1%")
    }

    private static func words(_ line: Substring) -> [Substring] { line.split { $0 == " " || $0 == "\t" } }
}
