internal import OCI

/// One `[[registry]]` table: what holds for the images whose name begins with its prefix.
struct RegistryEntry: Sendable, Hashable {
    /// One `[[registry.mirror]]` table.
    struct Mirror: Sendable, Hashable {
        /// What a mirror is good for: `pull-from-mirror`.
        enum Use: String, Sendable {
            case all
            case digestOnly = "digest-only"
            case tagOnly = "tag-only"
        }

        let location: String
        let insecure: Bool
        let use: Use

        /// - Parameter reference: `nil` for what only a mirror of everything can answer, such as a list of tags.
        func serves(_ reference: ManifestReference?) -> Bool {
            switch (use, reference) {
            case (.all, _), (.digestOnly, .digest), (.tagOnly, .tag): true
            default: false
            }
        }
    }

    let prefix: String
    /// What takes the place of the prefix; empty when a wildcard's names stay as they are.
    let location: String
    let insecure: Bool
    let blocked: Bool
    let mirrors: [Mirror]
    /// The file that it is from.
    let file: String

    /// How much of a name the prefix covers, in bytes; `nil` when it does not match.
    ///
    /// - Parameter name: A repository, maybe with `:tag` or `@digest`.
    func match(_ name: String) -> Int? {
        prefix.hasPrefix("*.") ? matchWildcard(name) : matchPrefix(name)
    }

    private func matchPrefix(_ name: String) -> Int? {
        guard name.hasPrefix(prefix) else { return nil }
        let next = name.utf8.dropFirst(prefix.utf8.count).first
        // Behind a bare host a colon begins the port, which makes it another registry.
        let ends: [UInt8] = prefix.contains("/") ? [0x2F, 0x3A, 0x40] : [0x2F]
        return next.map { ends.contains($0) } ?? true ? prefix.utf8.count : nil
    }

    /// The wildcard stands for any number of subdomains, at least one. A port behind the domain is not covered.
    private func matchWildcard(_ name: String) -> Int? {
        let host = name.utf8.prefix { $0 != UInt8(ascii: "/") }
        let domain = host.prefix { $0 != UInt8(ascii: ":") }
        let suffix = prefix.utf8.dropFirst()
        guard domain.count > suffix.count, domain.suffix(suffix.count).elementsEqual(suffix) else { return nil }
        return domain.count
    }
}
