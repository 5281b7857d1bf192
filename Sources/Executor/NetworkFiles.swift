/// What a sandbox finds in the files of `/etc` that belong to the network.
enum NetworkFiles {
    static func hosts(hostname: String, extra: [SandboxSpec.HostAddress]) -> String {
        let own = [("127.0.0.1", "localhost \(hostname)"), ("::1", "localhost ip6-localhost ip6-loopback")]
        let lines = own + extra.map { ($0.address, $0.name) }
        return lines.map { "\($0.0)\t\($0.1)\n" }.joined()
    }

    /// The name servers of a sandbox.
    ///
    /// A server on the loopback device is left out: it may answer only to this machine. When there is no other, it
    /// stays, for as long as the sandbox has this machine's loopback device.
    ///
    /// - Parameters:
    ///   - host: This machine's `/etc/resolv.conf`.
    ///   - upstream: Where systemd-resolved keeps the servers that it asks itself.
    ///   - forwarder: A server that asks those of this machine for the sandbox, which does not have this machine's loopback
    ///     device.
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
