/// EXPOSE.
package struct ExposeInstruction: Hashable, Sendable {
    /// Each word may expand to several.
    package let ports: [Word]

    /// The ports in the form of an image's configuration, such as `80/tcp`, unique and in order.
    ///
    /// - Throws: ``DockerfileError`` for an invalid port.
    package func ports(in environment: Environment) throws(DockerfileError) -> [String] {
        var result: [String] = []
        var known: Set<String> = []
        for word in ports {
            for text in try word.expanded(in: environment).words {
                guard let ports = Self.ports(parsing: text) else {
                    throw word.range.error(
                        "\"\(text)\" is not a port", advice: "write it as in 80, 53/udp or 8000-8010/tcp")
                }
                do throws(ShellSyntaxError) {
                    try environment.meter?.charge(ports.count)
                } catch {
                    throw word.range.error(error.reason, advice: error.advice)
                }
                for port in ports where known.insert(port).inserted { result.append(port) }
            }
        }
        return result
    }

    /// Parses `[[address:]host:]port[-port][/protocol]`. The host part is ignored, but must be valid.
    static func ports(parsing text: String) -> [String]? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let ends = parts[parts.count - 1].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let scheme = ends.count > 1 && !ends[1].isEmpty ? ends[1].lowercased() : "tcp"
        guard ["tcp", "udp", "sctp"].contains(scheme), let ports = range(ends[0]) else { return nil }
        if parts.count > 1, !parts[parts.count - 2].isEmpty {
            guard let host = range(parts[parts.count - 2]), ports.count == 1 || ports.count == host.count else {
                return nil
            }
        }
        return ports.map { "\($0)/\(scheme)" }
    }

    private static func range(_ text: Substring) -> ClosedRange<UInt16>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        let numbers = ends.compactMap { end in
            end.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt16(end) : nil
        }
        guard numbers.count == ends.count, ends.count <= 2, let low = numbers.first, let high = numbers.last,
            low <= high
        else { return nil }
        return low...high
    }
}
