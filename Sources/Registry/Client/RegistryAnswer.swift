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
    /// The detail of the first error, if it is text or has a digest.
    let detail: String?
    /// The number of errors beyond the first.
    let others: Int

    init(status: Int, body: [UInt8]) {
        self.status = status
        let json = body.isEmpty ? nil : try? JSONValue(parsing: body)
        let errors = json?["errors"]?.array ?? []
        if let error = errors.first {
            code = error["code"]?.string
            message = error["message"]?.string
            detail = Self.detail(error["detail"])
        } else {
            code = nil
            message = json?["message"]?.string ?? json?["details"]?.string ?? json?["error"]?.string
            detail = nil
        }
        others = max(0, errors.count - 1)
    }

    /// The displayable part of the detail of an error, whose form the specification leaves open.
    private static func detail(_ json: JSONValue?) -> String? {
        if let text = json?.string { return text }
        let strings = (json?.object?.members ?? []).compactMap(\.value.string)
        return strings.first { (try? Digest($0)) != nil }
    }

    var description: String {
        var texts: [String] = []
        for text in [message, detail].compactMap({ $0?.prefix(Self.maximumText) })
        where !text.isEmpty && !texts.contains(where: { $0.contains(text) }) {
            texts.append(String(text))
        }
        let words = [code, texts.isEmpty ? nil : "(\(texts.joined(separator: ": ")))"].compactMap { $0 }
        let more = others == 0 ? [] : ["and \(others) more \(others == 1 ? "error" : "errors")"]
        return ([Self.name(of: status)] + words + more).joined(separator: " ").onOneLine
    }

    /// True if the same manifest may be accepted a moment later. docker-registry finds an invalid digest while someone
    /// else writes the same content, since it overwrites its own records in place.
    var mayPass: Bool { status == 400 && code == "DIGEST_INVALID" }

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
