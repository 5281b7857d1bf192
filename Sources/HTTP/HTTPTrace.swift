/// Log lines for requests and responses, with secrets masked.
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

    /// Masks a credential except for its scheme; all of it if there is no scheme.
    private static func masked(credential: String) -> String {
        let words = credential.split(separator: " ", maxSplits: 1)
        return words.count == 2 && words[0].allSatisfy(\.isLetter) ? "\(words[0]) ***" : "***"
    }

    /// Masks the user and password, up to the last `@` before the path, as libcurl parses it.
    private static func withoutUserInfo(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
        return authority.lastIndex(of: "@").map { "\(url[..<scheme.upperBound])***\(url[$0...])" } ?? url
    }

    /// Masks query values that may sign or authorise something; digests and scopes are not secret.
    private static func masked(url: String) -> String {
        let url = withoutUserInfo(url)
        guard let mark = url.firstIndex(of: "?") else { return url }
        let shown: Set<Substring> = ["digest", "from", "mount", "n", "last", "scope", "service", "artifactType"]
        let parts = url[url.index(after: mark)...].split(separator: "&").map { part in
            let name = part.prefix { $0 != "=" }
            return shown.contains(name) ? String(part) : "\(name)=***"
        }
        return "\(url[..<mark])?\(parts.joined(separator: "&"))"
    }
}
