internal import OCI

/// A `[[registry]]` table: the rules for images whose names begin with a prefix.
struct RegistryEntry: Sendable, Hashable {
    /// A `[[registry.mirror]]` table.
    struct Mirror: Sendable, Hashable {
        /// The references that a mirror serves: `pull-from-mirror`.
        enum Use: String, Sendable {
            case all
            case digestOnly = "digest-only"
            case tagOnly = "tag-only"
        }

        let location: String
        let insecure: Bool
        let use: Use

        /// - Parameter reference: `nil` for requests that only complete mirrors can answer, such as a list of tags.
        func serves(_ reference: ManifestReference?) -> Bool {
            switch (use, reference) {
            case (.all, _), (.digestOnly, .digest), (.tagOnly, .tag): true
            default: false
            }
        }
    }

    let prefix: String
    /// The replacement for the prefix; empty to keep names that match a wildcard.
    let location: String
    let insecure: Bool
    let blocked: Bool
    let mirrors: [Mirror]
    /// The file of the table.
    let file: String

    /// The number of bytes of a name that the prefix covers; `nil` if it does not match.
    ///
    /// - Parameter name: A repository, optionally with `:tag` or `@digest`.
    func match(_ name: String) -> Int? {
        prefix.hasPrefix("*.") ? matchWildcard(name) : matchPrefix(name)
    }

    private func matchPrefix(_ name: String) -> Int? {
        guard name.hasPrefix(prefix) else { return nil }
        let next = name.utf8.dropFirst(prefix.utf8.count).first
        // After a bare host, a colon introduces the port, which makes it another registry.
        let ends: [UInt8] = prefix.contains("/") ? [0x2F, 0x3A, 0x40] : [0x2F]
        return next.map { ends.contains($0) } ?? true ? prefix.utf8.count : nil
    }

    /// Matches a wildcard, which stands for one or more subdomains. A port after the domain does not match.
    private func matchWildcard(_ name: String) -> Int? {
        let host = name.utf8.prefix { $0 != UInt8(ascii: "/") }
        let domain = host.prefix { $0 != UInt8(ascii: ":") }
        let suffix = prefix.utf8.dropFirst()
        guard domain.count > suffix.count, domain.suffix(suffix.count).elementsEqual(suffix) else { return nil }
        return domain.count
    }
}
