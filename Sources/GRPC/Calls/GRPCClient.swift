internal import Concurrency

/// Makes calls on a connection.
package struct GRPCClient: Sendable {
    package let connection: HTTP2Connection
    private let authority: String

    /// - Parameter authority: The name of the server.
    package init(_ connection: HTTP2Connection, authority: String = "localhost") {
        self.connection = connection
        self.authority = authority
    }

    /// Begins a call.
    ///
    /// - Parameters:
    ///   - method: As in `/package.Service/Method`.
    ///   - metadata: Header fields on top of the usual ones.
    package func call(_ method: String, metadata: [HTTP2Field] = []) throws(GRPCStatus) -> GRPCCall {
        let fields = [
            HTTP2Field(":method", "POST"), HTTP2Field(":scheme", "http"), HTTP2Field(":path", method),
            HTTP2Field(":authority", authority), HTTP2Field("te", "trailers"),
            HTTP2Field("content-type", "application/grpc"), HTTP2Field("user-agent", "imgtool"),
        ]
        do throws(HTTP2Error) {
            return GRPCCall(try connection.open(fields + metadata))
        } catch {
            throw GRPCStatus(error)
        }
    }

    /// Makes a call of one request and one answer, and cancels it with the task.
    ///
    /// - Throws: ``GRPCStatus``; `CancellationError`.
    package func ask<Response: ProtobufMessage>(
        _ method: String, _ request: some ProtobufMessage, metadata: [HTTP2Field] = [], for type: Response.Type
    ) async throws -> Response {
        var response: Response?
        try await ask(method, request, metadata: metadata, for: type) { response = $0 }
        guard let response else { throw GRPCStatus(.internal, "the answer to \(method) is empty") }
        return response
    }

    /// Makes a call of one request and any number of answers, and cancels it with the task.
    ///
    /// - Parameters:
    ///   - heard: Called with the header fields of the answer.
    ///   - each: Called for each answer, in order.
    /// - Throws: ``GRPCStatus``; `CancellationError`; the errors of `each`.
    package func ask<Response: ProtobufMessage>(
        _ method: String, _ request: some ProtobufMessage, metadata: [HTTP2Field] = [],
        for type: Response.Type, each: (Response) async throws -> Void
    ) async throws {
        let call = try call(method, metadata: metadata)
        do {
            try await call.send(request)
            call.finish()
            while let response = try await call.next(type) { try await each(response) }
        } catch {
            call.cancel()
            throw error is HTTP2Error ? GRPCStatus(.unavailable, "\(error)") : error
        }
    }
}
