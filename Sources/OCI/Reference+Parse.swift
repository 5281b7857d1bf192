extension Reference {
    /// Parses a reference.
    ///
    /// - Throws: ``ImageError`` of code `usage` with the position of the error.
    package init(parsing text: String) throws(ImageError) {
        self = try ReferenceParser(text).parse()
    }

    /// Returns true if a text is a tag by the distribution-spec.
    package static func isTag(_ text: String) -> Bool {
        let parser = ReferenceParser(text)
        return (try? parser.parseTag(0, parser.bytes.count)) != nil
    }

    /// Returns true if the text has a scheme, and so does not name a registry.
    package static func hasScheme(_ text: String) -> Bool {
        ReferenceScheme.named(in: text) != nil
    }

    /// Returns true if the text is a name in a registry and relies on Docker's default for the registry.
    package static func leavesRegistryOut(_ text: String) -> Bool {
        guard !hasScheme(text), let reference = try? Reference(parsing: text),
            case .repository(let repository) = reference.location
        else { return false }
        // An explicit registry, even the default one, was intended.
        return repository.host == "docker.io"
            && !["docker.io/", "index.docker.io/"].contains { text.lowercased().hasPrefix($0) }
    }
}

/// The text of a reference, and the steps of its parser.
struct ReferenceParser {
    private static let maximumPathLength = 255
    private static let maximumTagLength = 128

    let text: String
    let bytes: [UInt8]

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }

    func parse() throws(ImageError) -> Reference {
        guard !bytes.isEmpty else { throw ImageError(.usage, "cannot read the reference", "it is empty") }
        if let (scheme, start) = ReferenceScheme.named(in: text) { return try scheme.parse(self, start) }
        if let scheme = text.range(of: "://") {
            throw refuse(at: 0, "\"\(text[..<scheme])://\" is not a kind of reference; leave it out for a registry")
        }
        return try ReferenceScheme.registry.parse(self, 0)
    }

    // MARK: Layouts and archives

    /// A path, with a tag after the last colon that no slash follows.
    func parsePathAndTag(from start: Int) throws(ImageError) -> (path: String, tag: String?, digest: Digest?) {
        let (digest, end) = try parseDigest(from: start)
        var pathEnd = end
        var tag: String?
        if let colon = bytes[start..<end].lastIndex(of: UInt8(ascii: ":")),
            !bytes[colon..<end].contains(UInt8(ascii: "/"))
        {
            tag = try parseTag(colon + 1, end)
            pathEnd = colon
        }
        return (try parsePath(start, pathEnd), tag, digest)
    }

    func parseDockerArchive(from start: Int) throws(ImageError) -> Reference {
        let colon = bytes[start...].firstIndex(of: UInt8(ascii: ":"))
        // Without a name, a colon can only belong to a digest.
        guard let colon, !bytes[start..<colon].contains(UInt8(ascii: "@")) else {
            let (digest, end) = try parseDigest(from: start)
            return Reference(.archive(.docker, path: try parsePath(start, end)), digest: digest)
        }
        let location = Reference.Location.archive(.docker, path: try parsePath(start, colon))
        let (repository, tag, digest) = try parseRepository(from: colon + 1)
        return Reference(location, tag: "\(repository):\(tag ?? Reference.defaultTag)", digest: digest)
    }

    private func parsePath(_ start: Int, _ end: Int) throws(ImageError) -> String {
        guard end > start else { throw refuse(at: start, "the path is missing") }
        if let zero = bytes[start..<end].firstIndex(of: 0) { throw refuse(at: zero, "a path has no NUL") }
        return string(start, end)
    }

    // MARK: Repositories

    func parseRepository(from start: Int) throws(ImageError) -> (Repository, tag: String?, digest: Digest?) {
        let (digest, end) = try parseDigest(from: start)
        var nameEnd = end
        var tag: String?
        let lastSlash = bytes[start..<end].lastIndex(of: UInt8(ascii: "/")) ?? start - 1
        if let colon = bytes[(lastSlash + 1)..<end].firstIndex(of: UInt8(ascii: ":")) {
            tag = try parseTag(colon + 1, end)
            nameEnd = colon
        }
        let (host, pathStart) = try parseHost(start, nameEnd)
        try checkPath(pathStart, nameEnd)
        var path = string(pathStart, nameEnd)
        var registry = host ?? "docker.io"
        if registry == "index.docker.io" { registry = "docker.io" }
        if registry == "docker.io", !path.contains("/") { path = "library/\(path)" }
        if host == nil, path == "library/\(text)", bytes.count == 64, bytes.allSatisfy(Self.isHexDigit) {
            throw refuse(
                at: 0, "64 hexadecimal digits are not a repository; write sha256:\(text.prefix(6))… for a digest")
        }
        return (Repository(host: registry, path: path), tag, digest)
    }

    /// The registry before the first slash, if it is one by Docker's rule, and the start of the path.
    private func parseHost(_ start: Int, _ nameEnd: Int) throws(ImageError) -> (String?, Int) {
        guard let slash = bytes[start..<nameEnd].firstIndex(of: UInt8(ascii: "/")) else { return (nil, start) }
        let first = string(start, slash)
        let lower = first.lowercased()
        let isPlainlyHost = lower.contains(".") || lower.contains(":") || lower == "localhost"
        guard isPlainlyHost || lower != first else { return (nil, start) }
        try checkHost(start, slash)
        // Names that count as a host only because of capitals keep them, since in lower case they would be paths.
        return (isPlainlyHost ? lower : first, slash + 1)
    }

    private func checkHost(_ start: Int, _ end: Int) throws(ImageError) {
        var position = start
        if start < end, bytes[start] == UInt8(ascii: "[") {
            guard let close = bytes[start..<end].firstIndex(of: UInt8(ascii: "]")) else {
                throw refuse(at: start, "the bracket of the IPv6 address is not closed")
            }
            let address = bytes[(start + 1)..<close]
            if let bad = address.firstIndex(where: { !Self.isHexDigit($0) && ![58, 46].contains($0) }) {
                throw refuse(at: bad, "an IPv6 address has hexadecimal digits and colons only")
            }
            guard !address.isEmpty else { throw refuse(at: start + 1, "the IPv6 address is missing") }
            position = close + 1
        } else {
            while position < end, bytes[position] != UInt8(ascii: ":") {
                let byte = bytes[position]
                guard Self.isLetterOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") else {
                    throw refuse(at: position, "a registry's name has letters, digits, dots and hyphens only")
                }
                let startsLabel = position == start || bytes[position - 1] == UInt8(ascii: ".")
                if startsLabel, !Self.isLetterOrDigit(byte) {
                    throw refuse(at: position, "a part of a registry's name starts with a letter or digit")
                }
                position += 1
            }
            if position == start || !Self.isLetterOrDigit(bytes[position - 1]) {
                throw refuse(at: max(start, position - 1), "a registry's name ends with a letter or digit")
            }
        }
        guard position < end else { return }
        guard bytes[position] == UInt8(ascii: ":") else {
            throw refuse(at: position, "after the address comes a colon and the port, or a slash")
        }
        let port = string(position + 1, end)
        guard let number = UInt16(port), number > 0, port.utf8.allSatisfy(Self.isDigit) else {
            throw refuse(at: position + 1, "a port is a number from 1 to 65535")
        }
    }

    private func checkPath(_ start: Int, _ end: Int) throws(ImageError) {
        guard start < end else { throw refuse(at: start, "the repository is missing") }
        if end - start > Self.maximumPathLength {
            throw refuse(at: start + Self.maximumPathLength, "a repository has at most 255 characters")
        }
        var position = start
        while position < end {
            let byte = bytes[position]
            if Self.isLowerOrDigit(byte) {
                position += 1
            } else if byte == UInt8(ascii: "/") || Self.isSeparator(byte) {
                position = try checkSeparator(position, start, end)
            } else if Self.isLetterOrDigit(byte) {
                throw refuse(at: position, "a repository is written in lower case")
            } else {
                throw refuse(at: position, "a repository has lower-case letters, digits and . _ - / only")
            }
        }
    }

    /// Checks a separator between two letters or digits: a slash, a dot, one or two underscores, or hyphens.
    private func checkSeparator(_ position: Int, _ start: Int, _ end: Int) throws(ImageError) -> Int {
        var next = position
        while next < end, bytes[next] == bytes[position] { next += 1 }
        let length = next - position
        let name = Character(UnicodeScalar(bytes[position]))
        let allowed = name == "-" ? Int.max : name == "_" ? 2 : 1
        guard length <= allowed else { throw refuse(at: position + allowed, "there is one \"\(name)\" too many") }
        let surrounded =
            position > start && next < end && Self.isLowerOrDigit(bytes[position - 1])
            && Self.isLetterOrDigit(bytes[next])
        guard surrounded else {
            throw refuse(at: position, "\"\(name)\" stands between lower-case letters or digits")
        }
        return next
    }

    // MARK: Tags and digests

    func parseTag(_ start: Int, _ end: Int) throws(ImageError) -> String {
        guard start < end else { throw refuse(at: start - 1, "after this colon a tag is missing") }
        for position in start..<end {
            let byte = bytes[position]
            let inner = position > start && (byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-"))
            guard Self.isLetterOrDigit(byte) || byte == UInt8(ascii: "_") || inner else {
                let rule = position > start ? "has letters, digits and . _ - only" : "starts with a letter, digit or _"
                throw refuse(at: position, "a tag \(rule)")
            }
        }
        guard end - start <= Self.maximumTagLength else {
            throw refuse(at: start + Self.maximumTagLength, "a tag has at most 128 characters")
        }
        return string(start, end)
    }

    /// The digest after the last `@`, and the end of the text before it.
    private func parseDigest(from start: Int) throws(ImageError) -> (Digest?, Int) {
        guard let at = bytes[start...].lastIndex(of: UInt8(ascii: "@")) else { return (nil, bytes.count) }
        do {
            return (try Digest(string(at + 1, bytes.count)), at)
        } catch {
            throw refuse(at: at, "after it comes a digest, but \(error.reason)")
        }
    }

    // MARK: Text

    private func string(_ start: Int, _ end: Int) -> String { String(decoding: bytes[start..<end], as: UTF8.self) }

    private func refuse(at position: Int, _ reason: String) -> ImageError {
        let attempt = "cannot read the reference \"\(text)\""
        guard position < bytes.count else { return ImageError(.usage, attempt, "at its end, \(reason)") }
        let character = String(decoding: bytes[position...], as: UTF8.self).first.map(String.init) ?? ""
        // Positions count characters, not bytes, since a path may be any text.
        let number = String(decoding: bytes[..<position], as: UTF8.self).count + 1
        return ImageError(.usage, attempt, "at character \(number), \"\(character)\": \(reason)")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isLowerOrDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (97...122).contains(byte) }
    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { isLowerOrDigit(byte) || (65...90).contains(byte) }
    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (97...102).contains(byte) || (65...70).contains(byte)
    }
    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
}

extension StringProtocol {
    /// The first occurrence of a text; the standard library has no such function without Foundation.
    fileprivate func range(of text: String) -> String.Index? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) { return index }
            index = self.index(after: index)
        }
        return nil
    }
}
