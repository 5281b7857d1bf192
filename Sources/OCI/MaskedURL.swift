extension String {
    /// The text with users and passwords in URLs masked, up to the last `@` before the path, as libcurl parses it.
    package var maskingUserInfo: String {
        guard utf8.contains(UInt8(ascii: "@")), contains("://") else { return self }
        var masked = ""
        var rest = self[...]
        while let mark = rest.firstRange(of: "://") {
            masked += rest[..<mark.upperBound]
            rest = rest[mark.upperBound...]
            let authority = rest.prefix { !$0.isWhitespace && !"/?#\"'".contains($0) }
            guard let at = authority.lastIndex(of: "@") else { continue }
            masked += "…"
            rest = rest[at...]
        }
        return masked + rest
    }
}
