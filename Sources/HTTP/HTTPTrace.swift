/// How an exchange is shown to somebody who is looking for a fault, without a secret in it.
enum HTTPTrace {
    private static let secretHeaders: Set<String> = ["authorization", "proxy-authorization", "cookie", "set-cookie"]

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
            let value = name == "location" ? masked(url: field.value) : field.value
            return "\(name): \(secretHeaders.contains(name) ? masked(credential: value) : value)"
        }
        return shown.isEmpty ? "" : " [\(shown.joined(separator: ", "))]"
    }

    /// Keeps the scheme of a credential.
    private static func masked(credential: String) -> String {
        "\(credential.prefix { $0 != " " }) ***"
    }

    /// Hides the values of a query that may sign or authorise something; digests and scopes are no secrets.
    private static func masked(url: String) -> String {
        guard let mark = url.firstIndex(of: "?") else { return url }
        let shown: Set<Substring> = ["digest", "from", "mount", "n", "last", "scope", "service", "artifactType"]
        let parts = url[url.index(after: mark)...].split(separator: "&").map { part in
            let name = part.prefix { $0 != "=" }
            return shown.contains(name) ? String(part) : "\(name)=***"
        }
        return "\(url[..<mark])?\(parts.joined(separator: "&"))"
    }
}
