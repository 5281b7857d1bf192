internal import CCurl

/// A failed exchange.
package struct HTTPError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// The host name is unknown, or nothing accepts connections there.
        case unreachable
        /// The connection was lost or timed out.
        case broken
        /// The response ended before its whole body arrived.
        case truncated
        /// The certificates were refused.
        case tls
        /// The other end does not speak TLS, or shares no version of it.
        case noTLS
        /// The other end does not speak HTTP, such as a TLS server contacted without TLS.
        case notHTTP
        /// The response exceeds the limit.
        case tooLarge
        /// The request could not be sent at all.
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

    /// - Parameter detail: The error text of libcurl, or of OpenSSL.
    init(_ code: CURLcode, detail: String, url: String) {
        let (kind, reason): (Kind, String) =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST: (.unreachable, "there is no host of that name")
            case CURLE_COULDNT_RESOLVE_PROXY: (.unreachable, "there is no proxy of that name")
            case CURLE_COULDNT_CONNECT: (.unreachable, "nothing is listening there")
            case CURLE_OPERATION_TIMEDOUT: (.broken, "no answer came in time")
            case CURLE_RECV_ERROR where detail.contains("alert"),
                CURLE_SSL_CONNECT_ERROR where detail.contains("alert"):
                (.tls, "it ended the TLS handshake: \(Self.alert(in: detail))")
            case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_SEND_FAIL_REWIND:
                (.broken, "the connection was cut")
            case CURLE_HTTP2, CURLE_HTTP2_STREAM: (.broken, "the HTTP/2 connection broke")
            case CURLE_PEER_FAILED_VERIFICATION: (.tls, Self.flaw(ofCertificate: detail))
            case CURLE_SSL_CONNECT_ERROR: (.noTLS, "the TLS handshake failed")
            case CURLE_SSL_CERTPROBLEM: (.tls, "the client certificate or its key cannot be used")
            case CURLE_SSL_CACERT_BADFILE: (.tls, "the file of certificate authorities cannot be used")
            case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY: (.notHTTP, "what answers there is not HTTP")
            case CURLE_URL_MALFORMAT: (.local, "the address is malformed")
            default: (.broken, ccurl_error_text(code).map { String(cString: $0) } ?? "error \(code.rawValue)")
            }
        self.init(kind, reason, url: url)
    }

    /// The name of the alert in an OpenSSL message, such as "tlsv13 alert certificate required".
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
