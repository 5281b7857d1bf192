internal import CNGHTTP2

/// The state of a connection, kept by libnghttp2: bytes in, events of streams and bytes out. Its owner orders all calls.
final class HTTP2Session {
    enum Role: Sendable { case client, server }

    /// Of each stream: what the other side may send before somebody takes it, in bytes.
    private static let streamWindow: Int32 = 1 << 20
    /// Of the connection. It is given back as bytes arrive, so that a stream that nobody reads does not stop the others.
    private static let connectionWindow: Int32 = 64 << 20

    private var session: OpaquePointer?
    private var headerBlocks: HeaderBlockReader
    private let role: Role
    /// The streams that are not closed yet.
    var streams: [Int32: HTTP2Stream] = [:]
    /// The fields of a header block that is being received.
    var fields: [HTTP2Field] = []
    /// Called for each stream that the other side opens.
    var opened: (Int32, [HTTP2Field]) -> HTTP2Stream? = { _, _ in nil }
    /// The code and text with which the other side ends the connection.
    var farewell: (code: UInt32, text: String)?

    init(_ role: Role) throws(HTTP2Error) {
        self.role = role
        headerBlocks = HeaderBlockReader(skipping: role == .server ? 24 : 0)
        var callbacks: OpaquePointer?
        var options: OpaquePointer?
        guard nghttp2_session_callbacks_new(&callbacks) == 0, nghttp2_option_new(&options) == 0 else {
            throw .lost(reason: "out of memory")
        }
        defer {
            nghttp2_session_callbacks_del(callbacks)
            nghttp2_option_del(options)
        }
        Self.set(callbacks)
        nghttp2_option_set_no_auto_window_update(options, 1)
        // Daemons measure bandwidth with thousands of PINGs, and describe errors in long trailers.
        nghttp2_option_set_max_outbound_ack(options, 1 << 20)
        nghttp2_option_set_max_continuations(options, 1 << 20)
        // Go's texts of errors may end with a space.
        nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(options, 1)
        nghttp2_option_set_max_send_header_block_length(options, 16 << 20)
        nghttp2_option_set_peer_max_concurrent_streams(options, 1 << 20)
        let context = Unmanaged.passUnretained(self).toOpaque()
        let code =
            role == .client
            ? nghttp2_session_client_new2(&session, callbacks, context, options)
            : nghttp2_session_server_new2(&session, callbacks, context, options)
        try check(code)
        var settings = [
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue), value: UInt32(Self.streamWindow)),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue), value: 1 << 16),
        ]
        if role == .client {
            settings.append(
                nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0))
        }
        try check(nghttp2_submit_settings(session, 0, settings, settings.count))
        try check(nghttp2_session_set_local_window_size(session, 0, 0, Self.connectionWindow))
    }

    deinit { nghttp2_session_del(session) }

    /// Takes what has arrived.
    func receive(_ bytes: [UInt8]) throws(HTTP2Error) {
        for piece in try headerBlocks.take(bytes) {
            let count = piece.withUnsafeBufferPointer { nghttp2_session_mem_recv(session, $0.baseAddress, $0.count) }
            try check(Int32(clamping: count))
        }
    }

    /// Bytes to send; empty if there are none now.
    func send(atMost limit: Int) throws(HTTP2Error) -> [UInt8] {
        var out: [UInt8] = []
        while out.count < limit {
            var start: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(session, &start)
            try check(Int32(clamping: count))
            if count == 0 { break }
            out += UnsafeBufferPointer(start: start, count: count)
        }
        return out
    }

    /// True if nothing is left to do for either side.
    var isOver: Bool { nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0 }

    /// Opens a stream; the connection's answer to its fields and bytes follows.
    func open(_ fields: [HTTP2Field]) throws(HTTP2Error) -> Int32 {
        var provider = Self.provider
        let id = withNamesAndValues(fields) { nghttp2_submit_request(session, nil, $0, $1, &provider, nil) }
        try check(id)
        return id
    }

    /// Answers a stream of the other side; what ends it are its trailers.
    func respond(_ id: Int32, _ fields: [HTTP2Field]) throws(HTTP2Error) {
        var provider = Self.provider
        try check(withNamesAndValues(fields) { nghttp2_submit_response(session, id, $0, $1, &provider) })
    }

    func trailers(_ id: Int32, _ fields: [HTTP2Field]) {
        _ = withNamesAndValues(fields) { nghttp2_submit_trailer(session, id, $0, $1) }
    }

    /// Goes on with a stream that had nothing to send.
    func resume(_ id: Int32) { nghttp2_session_resume_data(session, id) }

    func reset(_ id: Int32, _ code: UInt32) {
        guard streams[id] != nil else { return }
        nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, code)
    }

    /// Lets the other side send as much again.
    func consumed(_ count: Int, of id: Int32) { nghttp2_session_consume_stream(session, id, count) }
    func consumed(_ count: Int) { nghttp2_session_consume_connection(session, count) }

    func ping() { nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil) }

    /// Says that the connection ends.
    func leave() { nghttp2_session_terminate_session(session, HTTP2Error.noError) }

    private func check(_ code: Int32) throws(HTTP2Error) {
        if code >= 0 { return }
        throw .lost(reason: "the other side broke the rules of HTTP/2: \(String(cString: nghttp2_strerror(code)))")
    }

    private func withNamesAndValues<Result>(
        _ fields: [HTTP2Field], _ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result
    ) -> Result {
        var bytes: [UInt8] = []
        var places: [(name: Int, value: Int, end: Int)] = []
        for field in fields {
            let name = bytes.count
            bytes += field.name.utf8
            let value = bytes.count
            bytes += field.value
            places.append((name, value, bytes.count))
        }
        return bytes.withUnsafeMutableBufferPointer { buffer in
            let entries = places.map { place in
                nghttp2_nv(
                    name: buffer.baseAddress.map { $0 + place.name },
                    value: buffer.baseAddress.map { $0 + place.value },
                    namelen: place.value - place.name, valuelen: place.end - place.value,
                    flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue))
            }
            return entries.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
        }
    }

    /// The value of a field that is being received.
    func value(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] { headerBlocks.value(for: bytes) }
}
