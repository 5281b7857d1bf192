/// The first line and the headers of an HTTP/1.1 message (RFC 9112), in the order and case in which they came.
struct HTTPHead: Sendable {
    var startLine: String
    var headers: [HTTPHeader]

    init(startLine: String, headers: [HTTPHeader]) {
        self.startLine = startLine
        self.headers = headers
    }

    /// The head of an answer.
    init(status: Int, headers: [HTTPHeader]) {
        self.init(startLine: "HTTP/1.1 \(status) \(Self.phrases[status] ?? "Status")", headers: headers)
    }

    init(lines: [String]) {
        startLine = lines.first ?? ""
        headers = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            let value = line[colon...].dropFirst().drop { $0 == " " || $0 == "\t" }
            return HTTPHeader(name: String(line[..<colon]), value: String(value))
        }
    }

    /// The first header of a name, whatever its case. Setting it replaces all of that name; `nil` removes them.
    subscript(name: String) -> String? {
        get { headers.first { $0.isNamed(name) }?.value }
        set {
            let place = headers.firstIndex { $0.isNamed(name) } ?? headers.endIndex
            headers.removeAll { $0.isNamed(name) }
            if let newValue { headers.insert(HTTPHeader(name: name, value: newValue), at: place) }
        }
    }

    /// The method of a request.
    var method: String { String(startLine.split(separator: " ").first ?? "") }

    /// The target of a request: path and query.
    var target: String { startLine.split(separator: " ").dropFirst().first.map(String.init) ?? "" }

    /// The status of an answer; 0 when there is none.
    var status: Int { startLine.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0 }

    /// Whether the sender wants the connection to end with this message.
    var closes: Bool { self["Connection"]?.lowercased() == "close" }

    /// Whether the body is sent only after a `100 Continue`.
    var expectsContinue: Bool { self["Expect"]?.lowercased() == "100-continue" }

    var bytes: [UInt8] {
        let lines = [startLine] + headers.map { "\($0.name): \($0.value)" }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    private static let phrases = [
        200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content", 301: "Moved Permanently",
        302: "Found", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
        403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 416: "Range Not Satisfiable",
        429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
    ]
}

/// One header of a message.
package struct HTTPHeader: Sendable, Hashable {
    package let name: String
    package let value: String

    func isNamed(_ other: String) -> Bool { name.lowercased() == other.lowercased() }
}
