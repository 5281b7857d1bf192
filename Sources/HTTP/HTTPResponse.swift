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

    init(_ transfer: Transfer, _ driver: CurlDriver) {
        self.transfer = transfer
        self.driver = driver
    }

    deinit {
        driver.cancel(transfer)
    }

    /// - Throws: ``HTTPError`` when the connection breaks.
    package func next() async throws -> [UInt8]? {
        try await transfer.download.next()
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
