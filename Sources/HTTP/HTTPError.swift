internal import CCurl

/// An exchange that came to no result.
package struct HTTPError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// The name is unknown, or nobody listens there.
        case unreachable
        /// The connection was lost, or nothing came for too long.
        case broken
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

    init(_ code: CURLcode, url: String) {
        let text = ccurl_error_text(code).map { String(cString: $0) } ?? "error \(code.rawValue)"
        let (kind, reason): (Kind, String) =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST: (.unreachable, "there is no host of that name")
            case CURLE_COULDNT_RESOLVE_PROXY: (.unreachable, "there is no proxy of that name")
            case CURLE_COULDNT_CONNECT: (.unreachable, "nobody accepts connections there")
            case CURLE_OPERATION_TIMEDOUT: (.broken, "no answer came in time")
            case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_SEND_FAIL_REWIND:
                (.broken, "the connection was cut")
            case CURLE_HTTP2, CURLE_HTTP2_STREAM: (.broken, "the HTTP/2 connection broke")
            case CURLE_PEER_FAILED_VERIFICATION:
                (.tls, "its certificate is not signed by an authority that this machine trusts")
            case CURLE_SSL_CONNECT_ERROR: (.tls, "the TLS handshake failed")
            case CURLE_SSL_CERTPROBLEM: (.tls, "the client certificate or its key cannot be used")
            case CURLE_SSL_CACERT_BADFILE: (.tls, "the file of certificate authorities cannot be used")
            case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY: (.notHTTP, "what answers there is not HTTP")
            case CURLE_URL_MALFORMAT: (.local, "the address is malformed")
            default: (.broken, text)
            }
        self.init(kind, reason, url: url)
    }
}
