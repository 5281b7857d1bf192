internal import CCurl
internal import Concurrency
internal import Glibc

/// Sends requests over one pool of connections. The first request loads libcurl.
package final class HTTPClient: Sendable {
    private let userAgent: String
    private let trace: (@Sendable (String) -> Void)?
    private let driver = Guarded<CurlDriver?>(nil)

    /// - Parameters:
    ///   - userAgent: The `User-Agent`, such as `imgtool/1.0`.
    ///   - trace: Called with one line for each request and response, secrets masked.
    package init(userAgent: String, trace: (@Sendable (String) -> Void)? = nil) {
        self.userAgent = userAgent
        self.trace = trace
    }

    deinit {
        driver.withLock { $0?.stop() }
    }

    /// Sends a request and waits for the head of the response.
    ///
    /// - Throws: ``HTTPError``; the error of the body's stream; `CancellationError`.
    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        if request.headers["User-Agent"] == nil { request.headers["User-Agent"] = userAgent }
        if let name = request.headers.unsendable {
            throw HTTPError(.local, "the header \(name) contains a control character", url: request.url)
        }
        trace?("> \(HTTPTrace.line(request))")
        do {
            let response = try await exchange(request)
            trace?("< \(HTTPTrace.line(response))")
            return response
        } catch {
            trace?("< \(error)")
            throw error
        }
    }

    private func exchange(_ request: HTTPRequest) async throws -> HTTPResponse {
        let driver = try startedDriver(for: request.url)
        let transfer = Transfer(request)
        return try await withTaskCancellationHandler {
            driver.submit(transfer)
            if Task.isCancelled { driver.cancel(transfer) }
            let body = HTTPBody(transfer, driver, of: self)
            let head =
                if case .stream(let stream, _) = request.body, let upload = transfer.upload {
                    try await Self.head(of: transfer, feeding: stream, into: upload)
                } else { try await transfer.head() }
            return HTTPResponse(status: head.status, headers: head.headers, body: body, url: request.url)
        } onCancel: {
            driver.cancel(transfer)
        }
    }

    /// Sends the body of a request until it ends or the response arrives, whichever is first.
    ///
    /// - Throws: The error of the source, in preference to the connection error that it causes.
    private static func head(
        of transfer: Transfer, feeding stream: any ByteStream, into upload: BytePipe
    ) async throws -> Transfer.Head {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    while let piece = try await stream.next() { try await upload.send(piece) }
                    upload.finish()
                } catch is PipeClosed {
                } catch {
                    upload.finish(.failure(error))
                    throw error
                }
            }
            let head: Result<Transfer.Head, any Error>
            do { head = .success(try await transfer.head()) } catch { head = .failure(error) }
            upload.finish(.failure(PipeClosed()))
            if case .success(let head) = head {
                group.cancelAll()
                try? await group.waitForAll()
                return head
            }
            try await group.waitForAll()
            return try head.get()
        }
    }

    private func startedDriver(for url: String) throws -> CurlDriver {
        try driver.withLock { driver in
            if let driver { return driver }
            let started = try CurlDriver(url: url)
            driver = started
            return started
        }
    }
}
