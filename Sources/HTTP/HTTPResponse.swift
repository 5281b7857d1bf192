internal import Concurrency

/// The head of an answer, and its body as it arrives.
package struct HTTPResponse: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let body: HTTPBody
    /// Where the request went.
    package let url: String
}

/// A body on its way. One that is dropped before its end closes the connection.
package final class HTTPBody: ByteStream {
    private let transfer: Transfer
    private let driver: CurlDriver
    /// The client ends its connections when nobody needs them any more, so it has to outlive what comes over them.
    private let client: HTTPClient

    init(_ transfer: Transfer, _ driver: CurlDriver, of client: HTTPClient) {
        self.transfer = transfer
        self.driver = driver
        self.client = client
    }

    deinit {
        driver.cancel(transfer)
    }

    /// - Throws: ``HTTPError`` of kind `truncated` when the connection breaks.
    package func next() async throws -> [UInt8]? {
        do {
            return try await transfer.download.next()
        } catch let error as HTTPError where error.kind == .broken {
            throw HTTPError(.truncated, error.reason, url: error.url)
        }
    }

    /// The whole body.
    ///
    /// - Parameter limit: The most that is accepted, in bytes.
    /// - Throws: ``HTTPError`` of kind `tooLarge` beyond the limit.
    package func collect(limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await next() {
            guard bytes.count + piece.count <= limit else {
                throw HTTPError(.tooLarge, "the answer is larger than \(limit) bytes", url: transfer.request.url)
            }
            bytes += piece
        }
        return bytes
    }
}
