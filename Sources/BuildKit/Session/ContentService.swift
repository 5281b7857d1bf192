package import Concurrency
package import GRPC
package import OCI

/// Blobs that a daemon reads or writes: results that are no archive, caches in folders, and images as contexts.
package protocol SessionContent: Sendable {
    /// The size of a blob, in bytes; `nil` if it is missing.
    func size(of digest: Digest) async throws -> Int64?

    /// The content of a blob, from an offset on.
    func open(_ digest: Digest, from offset: Int64) async throws -> any ByteStream

    /// Stores a blob, which the stream is to be verified against. The daemon takes it for stored on return.
    ///
    /// - Parameter size: In bytes; `nil` if the daemon does not say.
    func store(_ digest: Digest, size: Int64?, _ stream: any ByteStream) async throws
}

/// Serves stores of blobs.
package struct ContentService: SessionService {
    private static let service = "/containerd.services.content.v1.Content/"
    private static let pieceSize = 1 << 20

    package let methods = ["Info", "Read", "Write"].map { service + $0 }
    private let stores: [String: any SessionContent]

    /// - Parameter stores: By the names that daemons have for them: `export` for the exporters `oci` and `docker` with
    ///   `tar=false`, `oci:NAME` for `oci-layout://NAME`, and `local:TEXT` for caches whose `src` or `dest` is a text.
    package init(_ stores: [String: any SessionContent]) {
        self.stores = stores
    }

    package func answer(_ request: GRPCRequest) async throws {
        let name = request.metadata["buildkit-attachable-store-id"] ?? ""
        guard let store = stores[name] else { throw GRPCStatus(.notFound, "there is no store \(name)") }
        switch request.method {
        case Self.service + "Info": try await inform(of: store, request)
        case Self.service + "Read": try await send(from: store, request)
        default: try await receive(into: store, request)
        }
    }

    private func inform(of store: any SessionContent, _ request: GRPCRequest) async throws {
        let name = try await request.only(NameMessage.self).name
        var info = ContentInfo()
        info.digest = name
        info.size = try await size(of: name, in: store)
        var response = ProtobufWriter()
        response.put(1, info)
        try await request.send(response.bytes)
    }

    private func send(from store: any SessionContent, _ request: GRPCRequest) async throws {
        let wanted = try await request.only(ContentReadRequest.self)
        let size = try await size(of: wanted.digest, in: store)
        guard 0...size ~= wanted.offset, let digest = try? Digest(wanted.digest) else {
            throw GRPCStatus(.outOfRange, "\(wanted.digest) has \(size) bytes, fewer than \(wanted.offset)")
        }
        try request.begin()
        var rest = size - wanted.offset
        if wanted.size > 0 { rest = min(rest, wanted.size) }
        if rest == 0 { return }
        let stream = try await store.open(digest, from: wanted.offset)
        var offset = wanted.offset
        while rest > 0, let piece = try await stream.next() {
            var piece = piece.prefix(Int(min(rest, Int64(piece.count))))
            rest -= Int64(piece.count)
            while !piece.isEmpty {
                let part = Array(piece.prefix(Self.pieceSize))
                piece = piece.dropFirst(part.count)
                try await request.send(ContentReadResponse(offset: offset, data: part))
                offset += Int64(part.count)
            }
        }
        if rest > 0 { throw GRPCStatus(.internal, "\(wanted.digest) ended before its time") }
    }

    private func receive(into store: any SessionContent, _ request: GRPCRequest) async throws {
        try request.begin()
        let incoming = IncomingContent(request)
        guard let digest = try await incoming.begin() else {
            throw GRPCStatus(.invalidArgument, "the daemon does not say what it writes")
        }
        guard try await store.size(of: digest) == nil else {
            throw GRPCStatus(.alreadyExists, "\(digest) is there already")
        }
        try await store.store(digest, size: incoming.total, incoming)
        try await incoming.finish(digest)
    }

    private func size(of digest: String, in store: any SessionContent) async throws -> Int64 {
        guard let digest = try? Digest(digest), let size = try await store.size(of: digest) else {
            throw GRPCStatus(.notFound, "\(digest) is not there")
        }
        return size
    }
}
