extension String {
    /// The text with nothing of the users and passwords that URLs in it have, for people to see: up to the last `@`
    /// before the path, as libcurl reads it.
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
