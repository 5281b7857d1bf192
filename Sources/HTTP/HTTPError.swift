internal import CCurl

/// An exchange that came to no result.
package struct HTTPError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// The name is unknown, or nobody listens there.
        case unreachable
        /// The connection was lost, or nothing came for too long.
        case broken
        /// The head of the answer came, but not its whole body.
        case truncated
        /// The certificates do not fit, or there is no TLS at the other end.
        case tls
        /// What answered does not speak HTTP, as a TLS server asked without TLS.
        case notHTTP
        /// More came than was accepted.
        case tooLarge
        /// The request could not even be made.
        case local
    }

    package let kind: Kind
    package let reason: String
    package let url: String

    package init(_ kind: Kind, _ reason: String, url: String) {
        self.kind = kind
        self.reason = reason
        self.url = url
    }

    package var description: String { reason }

    /// - Parameter detail: What libcurl, or OpenSSL through it, says of this error in particular.
    init(_ code: CURLcode, detail: String, url: String) {
        let (kind, reason): (Kind, String) =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST: (.unreachable, "there is no host of that name")
            case CURLE_COULDNT_RESOLVE_PROXY: (.unreachable, "there is no proxy of that name")
            case CURLE_COULDNT_CONNECT: (.unreachable, "nobody accepts connections there")
            case CURLE_OPERATION_TIMEDOUT: (.broken, "no answer came in time")
            case CURLE_RECV_ERROR where detail.contains("alert"),
                CURLE_SSL_CONNECT_ERROR where detail.contains("alert"):
                (.tls, "it ended the TLS handshake: \(Self.alert(in: detail))")
            case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_SEND_FAIL_REWIND:
                (.broken, "the connection was cut")
            case CURLE_HTTP2, CURLE_HTTP2_STREAM: (.broken, "the HTTP/2 connection broke")
            case CURLE_PEER_FAILED_VERIFICATION: (.tls, Self.flaw(ofCertificate: detail))
            case CURLE_SSL_CONNECT_ERROR: (.tls, "the TLS handshake failed")
            case CURLE_SSL_CERTPROBLEM: (.tls, "the client certificate or its key cannot be used")
            case CURLE_SSL_CACERT_BADFILE: (.tls, "the file of certificate authorities cannot be used")
            case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY: (.notHTTP, "what answers there is not HTTP")
            case CURLE_URL_MALFORMAT: (.local, "the address is malformed")
            default: (.broken, ccurl_error_text(code).map { String(cString: $0) } ?? "error \(code.rawValue)")
            }
        self.init(kind, reason, url: url)
    }

    /// The name of the alert in a message of OpenSSL's, as in "tlsv13 alert certificate required".
    private static func alert(in detail: String) -> String {
        let words = detail.prefix { $0 != "," }.split(separator: " ")
        return words.drop { $0 != "alert" }.dropFirst().joined(separator: " ")
    }

    private static func flaw(ofCertificate detail: String) -> String {
        if detail.contains("has expired") { return "its certificate has expired" }
        if detail.contains("not yet valid") { return "its certificate is not valid yet" }
        if detail.contains("subject name") { return "its certificate is for another name" }
        return "its certificate is not signed by an authority that this machine trusts"
    }
}
