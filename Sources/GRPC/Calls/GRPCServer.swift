/// Answers the calls of a connection.
package enum GRPCServer {
    /// Accepts calls until the connection is over, and answers them concurrently.
    ///
    /// - Parameter answer: Receives and sends the messages of a call. Its error becomes the status of the call;
    ///   ``GRPCStatus`` as it is.
    package static func serve(
        _ connection: HTTP2Connection, answer: @escaping @Sendable (GRPCRequest) async throws -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            while let stream = try? await connection.accept() {
                group.addTask { await serve(GRPCRequest(stream, on: connection), answer) }
            }
            group.cancelAll()
        }
    }

    private static func serve(
        _ request: GRPCRequest, _ answer: @Sendable (GRPCRequest) async throws -> Void
    ) async {
        do {
            do {
                try await answer(request)
                try request.finish(GRPCStatus(.ok, ""))
            } catch let status as GRPCStatus {
                try request.finish(status)
            } catch let error where !(error is CancellationError || error is HTTP2Error) {
                try request.finish(GRPCStatus(.unknown, "\(error)"))
            }
        } catch {
            // Nobody waits for the answer any more.
            request.reset()
        }
    }
}
