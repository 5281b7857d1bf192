internal import CCurl
internal import Concurrency
internal import Glibc

extension Transfer {
    private static let bufferSize = 128 << 10
    private static let maximumConnectTime = Duration.seconds(15)

    /// Configures the libcurl handle for the request. Called on the driver's thread.
    func prepare(_ easy: UnsafeMutableRawPointer) {
        ccurl_set_string(easy, CURLOPT_URL, request.url)
        ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        ccurl_set_long(easy, CURLOPT_PATH_AS_IS, 1)
        ccurl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        ccurl_set_long(easy, CURLOPT_BUFFERSIZE, Self.bufferSize)
        ccurl_set_long(easy, CURLOPT_UPLOAD_BUFFERSIZE, Self.bufferSize * 4)
        setProxy(easy)
        ccurl_set_error_buffer(easy, errorText)
        setTimeLimits(easy)
        setMethod(easy)
        setSecurity(easy)
        setHeaders(easy)
        setCallbacks(easy)
    }

    private func setProxy(_ easy: UnsafeMutableRawPointer) {
        if let host = HTTPURL.host(request.url), HTTPURL.isLoopback(host: host) {
            ccurl_set_string(easy, CURLOPT_NOPROXY, "*")
        } else if let proxy = request.proxy {
            ccurl_set_string(easy, CURLOPT_PROXY, proxy.server)
            ccurl_set_long(easy, CURLOPT_SOCKS5_AUTH, ccurl_proxy_authentication)
            ccurl_set_string(easy, CURLOPT_NOPROXY, proxy.exceptions)
        }
    }

    private func setTimeLimits(_ easy: UnsafeMutableRawPointer) {
        let idleTimeout = min(request.idleTimeout, Self.maximumConnectTime)
        ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(idleTimeout / .milliseconds(1))))
        ccurl_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, 1)
        ccurl_set_long(easy, CURLOPT_LOW_SPEED_TIME, max(1, Int(request.idleTimeout / .seconds(1))))
        if let timeout = request.timeout {
            ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, Int(timeout / .milliseconds(1))))
        }
    }

    private func setMethod(_ easy: UnsafeMutableRawPointer) {
        if request.method == "HEAD" {
            ccurl_set_long(easy, CURLOPT_NOBODY, 1)
        } else if upload != nil {
            ccurl_set_long(easy, CURLOPT_UPLOAD, 1)
        }
        if request.method != "GET", request.method != "HEAD" {
            ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method)
        }
        switch request.body {
        case .none: break
        case .bytes(let bytes): ccurl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, Int64(bytes.count))
        case .stream(_, let length): ccurl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, length)
        }
    }

    private func setSecurity(_ easy: UnsafeMutableRawPointer) {
        let security = request.security
        if security.acceptsAnyCertificate {
            ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 0)
            ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 0)
        }
        if !security.authorities.isEmpty {
            security.authorities.withUnsafeBytes {
                _ = ccurl_set_blob(easy, CURLOPT_CAINFO_BLOB, $0.baseAddress, $0.count)
            }
        } else if let file = getenv("SSL_CERT_FILE") {
            ccurl_set_string(easy, CURLOPT_CAINFO, file)
        } else if request.url.hasPrefix("https:"), let file = CertificateStore.file {
            ccurl_set_string(easy, CURLOPT_CAINFO, file)
        }
        if let folder = getenv("SSL_CERT_DIR") { ccurl_set_string(easy, CURLOPT_CAPATH, folder) }
        if let certificate = security.clientCertificate { ccurl_set_string(easy, CURLOPT_SSLCERT, certificate) }
        if let key = security.clientKey { ccurl_set_string(easy, CURLOPT_SSLKEY, key) }
    }

    private func setHeaders(_ easy: UnsafeMutableRawPointer) {
        for field in request.headers.fields {
            fieldList = ccurl_list_append(fieldList, "\(field.name): \(field.value)")
        }
        // Waiting for "100 Continue" would cost a round trip; authorization is obtained before bodies are sent.
        fieldList = ccurl_list_append(fieldList, "Expect:")
        ccurl_set_list(easy, CURLOPT_HTTPHEADER, fieldList)
    }

    /// The error of a failed transfer. Called on the driver's thread.
    func error(_ code: CURLcode) -> HTTPError {
        HTTPError(code, detail: String(cString: errorText), url: request.url)
    }
}

// MARK: libcurl's callbacks, on the driver's thread

extension Transfer {
    fileprivate func setCallbacks(_ easy: UnsafeMutableRawPointer) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_header(easy, receiveHeader, context)
        ccurl_set_write(easy, receiveBody, context)
        ccurl_set_read(easy, sendBody, context)
    }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private let receiveHeader: ccurl_data_callback = { bytes, size, count, context in
    transfer(context)?.receive(headerLine: UnsafeRawBufferPointer(start: bytes, count: size * count))
    return size * count
}

private let receiveBody: ccurl_data_callback = { bytes, size, count, context in
    let accepted = transfer(context)?.download.offer(UnsafeRawBufferPointer(start: bytes, count: size * count))
    return accepted == false ? Int(CURL_WRITEFUNC_PAUSE) : size * count
}

private let sendBody: ccurl_data_callback = { bytes, size, count, context in
    guard let pipe = transfer(context)?.upload else { return 0 }
    switch pipe.take(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count)) {
    case .bytes(let amount): return amount
    case .end: return 0
    case .empty: return Int(CURL_READFUNC_PAUSE)
    case .failed: return Int(CURL_READFUNC_ABORT)
    }
}
