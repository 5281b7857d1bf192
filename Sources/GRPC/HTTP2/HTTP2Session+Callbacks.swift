internal import CNGHTTP2
internal import Concurrency

extension HTTP2Session {
    static func set(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, _, context in
            HTTP2Session.at(context).fields = []
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, _, name, nameSize, value, valueSize, _, context in
            let session = HTTP2Session.at(context)
            let name = String(decoding: UnsafeBufferPointer(start: name, count: nameSize), as: UTF8.self)
            let value = session.value(UnsafeBufferPointer(start: value, count: valueSize))
            session.fields.append(HTTP2Field(name, bytes: value))
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, context in
            if let frame { HTTP2Session.at(context).received(frame.pointee) }
            return 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, id, data, count, context in
            let session = HTTP2Session.at(context)
            session.consumed(count)
            if let stream = session.streams[id] {
                stream.receive(.data(Array(UnsafeBufferPointer(start: data, count: count))))
            } else {
                session.consumed(count, of: id)
            }
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, code, context in
            HTTP2Session.at(context).streams.removeValue(forKey: id)?.close(.reset(code: code))
            return 0
        }
    }

    /// The source of a stream's bytes.
    static var provider: nghttp2_data_provider {
        nghttp2_data_provider(source: nghttp2_data_source()) { _, id, buffer, count, flags, _, context in
            let session = HTTP2Session.at(context)
            guard let stream = session.streams[id], let buffer else { return Int(NGHTTP2_ERR_DEFERRED.rawValue) }
            return session.provide(stream, .init(start: buffer, count: count), flags)
        }
    }

    private static func at(_ context: UnsafeMutableRawPointer?) -> HTTP2Session {
        guard let context else { fatalError("libnghttp2 has lost its context") }
        return Unmanaged<HTTP2Session>.fromOpaque(context).takeUnretainedValue()
    }

    private func received(_ frame: nghttp2_frame) {
        let id = frame.hd.stream_id
        switch nghttp2_frame_type(UInt32(frame.hd.type)) {
        case NGHTTP2_HEADERS:
            let fields = fields
            self.fields = []
            if frame.headers.cat == NGHTTP2_HCAT_REQUEST {
                streams[id] = opened(id, fields)
            } else {
                streams[id]?.receive(.fields(fields))
            }
        case NGHTTP2_GOAWAY:
            let text = UnsafeBufferPointer(start: frame.goaway.opaque_data, count: frame.goaway.opaque_data_len)
            farewell = (frame.goaway.error_code, String(decoding: text, as: UTF8.self))
        default: break
        }
        let carriesEnd = frame.hd.type == NGHTTP2_HEADERS.rawValue || frame.hd.type == NGHTTP2_DATA.rawValue
        if carriesEnd, frame.hd.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0 { streams[id]?.endInput() }
    }

    private func provide(
        _ stream: HTTP2Stream, _ buffer: UnsafeMutableRawBufferPointer, _ flags: UnsafeMutablePointer<UInt32>?
    ) -> Int {
        let (count, isEmpty, end) = stream.outbox.change { outbox in
            (outbox.take(into: buffer), outbox.count == 0, outbox.isFinished ? outbox.trailers ?? [] : nil)
        }
        if isEmpty, let trailers = end {
            flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            if !trailers.isEmpty {
                flags?.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
                self.trailers(stream.id, trailers)
            }
            return count
        }
        return count == 0 ? Int(NGHTTP2_ERR_DEFERRED.rawValue) : count
    }
}
