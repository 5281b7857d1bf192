/// How an exchange is shown to somebody who is looking for a fault, without a secret in it.
enum HTTPTrace {
    static func line(_ request: HTTPRequest) -> String {
        let body =
            switch request.body {
            case .none: ""
            case .bytes(let bytes): " (\(bytes.count) bytes)"
            case .stream(_, let length): " (\(length) bytes)"
            }
        return "\(request.method) \(masked(url: request.url))\(body)\(fields(request.headers))"
    }

    static func line(_ response: HTTPResponse) -> String {
        "\(response.status)\(fields(response.headers))"
    }

    private static func fields(_ headers: HTTPHeaders) -> String {
        let shown = headers.fields.map { field in
            let name = field.name.lowercased()
            let value =
                switch name {
                case "location": masked(url: field.value)
                case "authorization", "proxy-authorization": masked(credential: field.value)
                case "cookie", "set-cookie": "***"
                default: field.value
                }
            return "\(name): \(value)"
        }
        return shown.isEmpty ? "" : " [\(shown.joined(separator: ", "))]"
    }

    /// Keeps the scheme of a credential. What does not begin with one is secret altogether.
    private static func masked(credential: String) -> String {
        let words = credential.split(separator: " ", maxSplits: 1)
        return words.count == 2 && words[0].allSatisfy(\.isLetter) ? "\(words[0]) ***" : "***"
    }

    /// Hides who is meant to ask, and the values of a query that may sign or authorise something; digests and scopes are
    /// no secrets.
    private static func masked(url: String) -> String {
        var url = url
        if let start = url.firstRange(of: "//")?.upperBound,
            let end = url[start...].prefix(while: { !"/?#".contains($0) }).lastIndex(of: "@")
        {
            url.replaceSubrange(start..<end, with: "***")
        }
        guard let mark = url.firstIndex(of: "?") else { return url }
        let shown: Set<Substring> = ["digest", "from", "mount", "n", "last", "scope", "service", "artifactType"]
        let parts = url[url.index(after: mark)...].split(separator: "&").map { part in
            let name = part.prefix { $0 != "=" }
            return shown.contains(name) ? String(part) : "\(name)=***"
        }
        return "\(url[..<mark])?\(parts.joined(separator: "&"))"
    }
}
