internal import JSON
internal import OCI

/// The description of an error response (distribution-spec, "Error Codes").
struct RegistryAnswer: CustomStringConvertible {
    /// The maximum length of the server's text to show.
    private static let maximumText = 200

    let status: Int
    /// The code of the first error, such as `MANIFEST_UNKNOWN`.
    let code: String?
    let message: String?

    init(status: Int, body: [UInt8]) {
        self.status = status
        let json = body.isEmpty ? nil : try? JSONValue(parsing: body)
        if let error = json?["errors"]?.array?.first {
            code = error["code"]?.string
            let detail = error["detail"]?.string
            message = [error["message"]?.string, detail].compactMap { $0 }.first { !$0.isEmpty }
        } else {
            code = nil
            message = json?["message"]?.string ?? json?["details"]?.string ?? json?["error"]?.string
        }
    }

    var description: String {
        let words = [code, message.map { "(\($0.prefix(Self.maximumText)))" }].compactMap { $0 }
        return ([Self.name(of: status)] + words).joined(separator: " ").onOneLine
    }

    /// The category of the error, by its status.
    var errorCode: ImageError.Code {
        switch status {
        case 401, 403: .denied
        case 404: .notFound
        case 412: .overtaken
        case 408, 429, 500, 502, 503, 504: .interrupted
        default: code == "DENIED" || code == "UNAUTHORIZED" ? .denied : .failed
        }
    }

    private static func name(of status: Int) -> String {
        let names = [
            400: "bad request", 401: "unauthorized", 403: "forbidden", 404: "not found", 405: "method not allowed",
            408: "request timeout", 412: "precondition failed", 413: "content too large", 415: "unsupported media type",
            416: "range not satisfiable",
            429: "too many requests", 500: "internal server error", 502: "bad gateway", 503: "service unavailable",
            504: "gateway timeout",
        ]
        return names[status].map { "\(status) \($0)" } ?? "\(status)"
    }
}
