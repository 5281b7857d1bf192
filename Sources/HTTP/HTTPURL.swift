internal import CCurl
internal import Glibc

/// URL parsing by libcurl, so that both always agree.
package enum HTTPURL {
    /// Resolves a reference, such as a `Location`, against the URL of the request (RFC 3986, section 5). The query
    /// stays byte for byte the same, since it may be signed.
    ///
    /// - Returns: `nil` if it is not a valid URL.
    package static func resolve(_ reference: String, against base: String) -> String? {
        guard ccurl_load() == nil else { return nil }
        return take(ccurl_url_resolve(base, reference))
    }

    /// Appends a parameter to the query.
    package static func appending(query name: String, _ value: String, to url: String) -> String {
        url + (url.utf8.contains(UInt8(ascii: "?")) ? "&" : "?") + name + "=" + escape(value)
    }

    package static func scheme(_ url: String) -> String? { part(url, CURLUPART_SCHEME) }
    package static func host(_ url: String) -> String? { part(url, CURLUPART_HOST)?.lowercased() }

    /// The host, with its port if the URL has one.
    package static func authority(_ url: String) -> String? {
        host(url).map { host in host + (part(url, CURLUPART_PORT).map { ":\($0)" } ?? "") }
    }

    /// The scheme, host and port, which credentials are bound to.
    package static func origin(_ url: String) -> String? {
        guard let scheme = scheme(url), let host = host(url) else { return nil }
        let port = part(url, CURLUPART_PORT) ?? (scheme == "https" ? "443" : "80")
        return "\(scheme)://\(host):\(port)"
    }

    /// Percent-encodes everything but unreserved characters (RFC 3986, section 2.3).
    package static func escape(_ text: String) -> String {
        guard ccurl_load() == nil else { return text }
        return take(ccurl_escape(text)) ?? text
    }

    /// Returns true if a host, without a port, is this machine: `localhost`, 127.0.0.0/8 or ::1.
    package static func isLoopback(host: String) -> Bool {
        let host = host.lowercased()
        return host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" || host == "::1"
            || isLoopback(address: host.split(separator: ".", omittingEmptySubsequences: false))
    }

    /// Checks all four parts, since a name may begin with 127 as well.
    private static func isLoopback(address parts: [Substring]) -> Bool {
        parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Parses an HTTP date (RFC 9110, section 5.6.7) into seconds since 1970.
    package static func date(_ text: String) -> Int? {
        guard ccurl_load() == nil else { return nil }
        let seconds = ccurl_parse_date(text)
        return seconds < 0 ? nil : Int(seconds)
    }

    private static func part(_ url: String, _ part: CURLUPart) -> String? {
        guard ccurl_load() == nil else { return nil }
        return take(ccurl_url_part(url, part))
    }

    private static func take(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        guard let text else { return nil }
        defer { free(text) }
        return String(cString: text)
    }
}
