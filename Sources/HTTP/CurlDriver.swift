internal import CCurl
internal import Concurrency
internal import Glibc

/// Runs every transfer on one thread of its own, over one `curl_multi` handle.
final class CurlDriver: @unchecked Sendable {  // Only the thread touches `spare` and `live`; `multi` never changes.
    private enum Command {
        case submit(Transfer)
        case unpause(Transfer)
        case cancel(Transfer)
    }

    private struct Inbox {
        var commands: [Command] = []
        var stops = false
    }

    private static let bufferSize = 128 << 10
    /// Idle handles that are kept for the next requests.
    private static let maximumSpare = 16

    private let multi: UnsafeMutableRawPointer
    private let inbox = Guarded(Inbox())
    private var spare: [UnsafeMutableRawPointer] = []
    private var live: [UnsafeMutableRawPointer: Transfer] = [:]

    init(url: String) throws {
        if let problem = ccurl_load() { throw HTTPError(.local, String(cString: problem), url: url) }
        guard let multi = ccurl_multi_new() else { throw HTTPError(.local, "libcurl is out of memory", url: url) }
        self.multi = multi
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<CurlDriver>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context)
        pthread_detach(thread)
    }

    func submit(_ transfer: Transfer) {
        let unpause: @Sendable () -> Void = { [weak self, weak transfer] in
            if let transfer { self?.post(.unpause(transfer)) }
        }
        transfer.download.onWake(unpause)
        transfer.upload?.onWake(unpause)
        post(.submit(transfer))
    }

    /// Ends a transfer wherever it is; does nothing to one that has ended.
    func cancel(_ transfer: Transfer) { post(.cancel(transfer)) }

    func stop() {
        inbox.withLock { $0.stops = true }
        ccurl_multi_wakeup(multi)
    }

    private func post(_ command: Command) {
        inbox.withLock { $0.commands.append(command) }
        ccurl_multi_wakeup(multi)
    }

    // MARK: The thread

    private func run() {
        while true {
            let (commands, stops) = inbox.withLock { inbox in
                defer { inbox.commands.removeAll(keepingCapacity: true) }
                return (inbox.commands, inbox.stops)
            }
            if stops { return }
            commands.forEach(obey)
            var running: Int32 = 0
            ccurl_multi_perform(multi, &running)
            reapFinished()
            ccurl_multi_poll(multi, 1000)
        }
    }

    private func obey(_ command: Command) {
        switch command {
        case .submit(let transfer): start(transfer)
        case .unpause(let transfer):
            if let easy = transfer.easy { ccurl_pause(easy, CURLPAUSE_CONT) }
        case .cancel(let transfer):
            if let easy = transfer.easy { finish(easy, .failure(CancellationError())) }
        }
    }

    private func start(_ transfer: Transfer) {
        guard let easy = spare.popLast() ?? ccurl_easy_new() else {
            transfer.complete(.failure(HTTPError(.local, "libcurl is out of memory", url: transfer.request.url)))
            return
        }
        transfer.easy = easy
        live[easy] = transfer
        Self.prepare(easy, for: transfer)
        let code = ccurl_multi_add(multi, easy)
        if code != CURLM_OK {
            finish(easy, .failure(HTTPError(.local, "libcurl refused the request", url: transfer.request.url)))
        }
    }

    private func reapFinished() {
        var code = CURLE_OK
        while let easy = ccurl_multi_next_finished(multi, &code) {
            guard let transfer = live[easy] else { continue }
            finish(easy, code == CURLE_OK ? .success(()) : .failure(HTTPError(code, url: transfer.request.url)))
        }
    }

    private func finish(_ easy: UnsafeMutableRawPointer, _ result: Result<Void, any Error>) {
        guard let transfer = live.removeValue(forKey: easy) else { return }
        ccurl_multi_remove(multi, easy)
        transfer.easy = nil
        ccurl_list_free(transfer.fieldList)
        transfer.fieldList = nil
        if spare.count < Self.maximumSpare {
            ccurl_easy_reset(easy)
            spare.append(easy)
        } else {
            ccurl_easy_free(easy)
        }
        transfer.complete(result)
    }

    // MARK: Options

    private static func prepare(_ easy: UnsafeMutableRawPointer, for transfer: Transfer) {
        let request = transfer.request
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        ccurl_set_string(easy, CURLOPT_URL, request.url)
        ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        ccurl_set_long(easy, CURLOPT_PATH_AS_IS, 1)
        ccurl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        ccurl_set_long(easy, CURLOPT_BUFFERSIZE, bufferSize)
        ccurl_set_long(easy, CURLOPT_UPLOAD_BUFFERSIZE, bufferSize * 4)
        ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, 15_000)
        ccurl_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, 1)
        ccurl_set_long(easy, CURLOPT_LOW_SPEED_TIME, 60)
        if let timeout = request.timeout {
            ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, Int(timeout / .milliseconds(1)))
        }
        if let host = HTTPURL.host(request.url), HTTPURL.isLoopback(host: host) {
            ccurl_set_string(easy, CURLOPT_NOPROXY, "*")
        }
        setMethod(easy, request, hasBody: transfer.upload != nil)
        setSecurity(easy, request.security)
        for field in request.headers.fields {
            transfer.fieldList = ccurl_list_append(transfer.fieldList, "\(field.name): \(field.value)")
        }
        // An answer that says "go on" would cost a round trip; authorization is sought before bodies are sent.
        transfer.fieldList = ccurl_list_append(transfer.fieldList, "Expect:")
        ccurl_set_list(easy, CURLOPT_HTTPHEADER, transfer.fieldList)
        ccurl_set_header(easy, receiveHeader, context)
        ccurl_set_write(easy, receiveBody, context)
        ccurl_set_read(easy, sendBody, context)
    }

    private static func setMethod(_ easy: UnsafeMutableRawPointer, _ request: HTTPRequest, hasBody: Bool) {
        if request.method == "HEAD" {
            ccurl_set_long(easy, CURLOPT_NOBODY, 1)
        } else if hasBody {
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

    private static func setSecurity(_ easy: UnsafeMutableRawPointer, _ security: TransportSecurity) {
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
        }
        if let folder = getenv("SSL_CERT_DIR") { ccurl_set_string(easy, CURLOPT_CAPATH, folder) }
        if let certificate = security.clientCertificate { ccurl_set_string(easy, CURLOPT_SSLCERT, certificate) }
        if let key = security.clientKey { ccurl_set_string(easy, CURLOPT_SSLKEY, key) }
    }
}

// MARK: What libcurl calls, on the driver's thread

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
