package import Concurrency
package import GRPC

/// Sends single files, such as a context that is an archive. The build names them as `http://buildkit-session/NAME`.
package struct UploadService: SessionService {
    package typealias Opening = @Sendable () async throws -> any ByteStream

    private static let pieceSize = 1 << 20

    package let methods = ["/moby.upload.v1.Upload/Pull"]
    private let files: [String: Opening]

    /// - Parameter files: Each by its name, opened anew each time the daemon asks for it.
    package init(_ files: [String: Opening]) {
        self.files = files
    }

    package func answer(_ request: GRPCRequest) async throws {
        let name = String((request.metadata["urlpath"] ?? "").drop { $0 == "/" })
        guard let open = files[name] else { throw GRPCStatus(.notFound, "there is no upload \(name)") }
        let stream = try await open()
        while let piece = try await stream.next() { try await request.send(piece, inPiecesOf: Self.pieceSize) }
    }
}

extension GRPCRequest {
    /// Sends bytes in messages of a limited size.
    func send(_ bytes: [UInt8], inPiecesOf size: Int) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try await send(BytesMessage(Array(rest.prefix(size))))
            rest = rest.dropFirst(size)
        }
    }
}
