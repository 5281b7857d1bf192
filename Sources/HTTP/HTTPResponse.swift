internal import Concurrency

/// The head of a response, and its body as it arrives.
package struct HTTPResponse: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let body: HTTPBody
    /// The URL of the request.
    package let url: String
}

/// A response body as it arrives. Dropping it before the end closes the connection.
package final class HTTPBody: ByteStream {
    private let transfer: Transfer
    private let driver: CurlDriver
    /// Keeps the client alive, which closes its connections when it is released.
    private let client: HTTPClient

    init(_ transfer: Transfer, _ driver: CurlDriver, of client: HTTPClient) {
        self.transfer = transfer
        self.driver = driver
        self.client = client
    }

    deinit {
        driver.cancel(transfer)
    }

    /// - Throws: ``HTTPError`` of kind `truncated` if the connection breaks.
    package func next() async throws -> [UInt8]? {
        do {
            return try await transfer.download.next()
        } catch let error as HTTPError where error.kind == .broken {
            throw HTTPError(.truncated, error.reason, url: error.url)
        }
    }

    /// Reads the whole body.
    ///
    /// - Parameter limit: The maximum size, in bytes.
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
