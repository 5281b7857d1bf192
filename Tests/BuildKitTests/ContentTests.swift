import BuildKit
import Concurrency
import GRPC
import OCI
import Testing

@Suite("A store of a session", .timeLimit(.minutes(5)))
struct ContentTests {
    /// Blobs in memory.
    private final class Memory: SessionContent {
        let blobs = Guarded<[Digest: [UInt8]]>([:])

        func size(of digest: Digest) async throws -> Int64? { blobs.withLock { $0[digest].map { Int64($0.count) } } }

        func open(_ digest: Digest, from offset: Int64) async throws -> any ByteStream {
            BytesStream(Array(blobs.withLock { $0[digest] ?? [] }.dropFirst(Int(offset))))
        }

        func store(_ digest: Digest, size: Int64?, _ stream: any ByteStream) async throws {
            var bytes: [UInt8] = []
            while let piece = try await stream.next() { bytes += piece }
            #expect(size == Int64(bytes.count))
            blobs.withLock { $0[digest] = bytes }
        }
    }

    private static let service = "/containerd.services.content.v1.Content/"
    private let store = HTTP2Field("buildkit-attachable-store-id", "export")
    private let blob = (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* 3) }
    private let memory = Memory()

    private var digest: Digest {
        var hasher = DigestHasher(.sha256)
        hasher.update(blob)
        return hasher.finalize()
    }

    private func run(_ body: @escaping @Sendable (GRPCClient) async throws -> Void) async throws {
        try await FakeDaemon { session, _ in
            try await body(session)
            return SolveResponse()
        }.build([ContentService(["export": memory])])
    }

    @Test(arguments: [(0, 0), (0, 512), (512, 0), (103, 1 << 22), (2_499_999, 5), (2_500_000, 0)])
    func `is read in parts`(offset: Int, size: Int) async throws {
        memory.blobs.withLock { $0[digest] = blob }
        try await run { session in
            var request = ContentReadRequest()
            (request.digest, request.offset, request.size) = (digest.description, Int64(offset), Int64(size))
            var received: [UInt8] = []
            try await session.ask(
                Self.service + "Read", request, metadata: [store], for: ContentReadResponse.self
            ) { response in
                #expect(response.offset == Int64(offset + received.count))
                received += response.data
            }
            let expected = blob.dropFirst(offset).prefix(size == 0 ? .max : size)
            #expect(received == Array(expected))
        }
    }

    @Test func `says what is missing`() async throws {
        try await run { session in
            let missing = await #expect(throws: GRPCStatus.self) {
                try await session.ask(
                    Self.service + "Info", NameMessage(digest.description), metadata: [store], for: EmptyMessage.self)
            }
            #expect(missing?.code == .notFound)
            memory.blobs.withLock { $0[digest] = [1] }
            var request = ContentReadRequest()
            (request.digest, request.offset) = (digest.description, 2)
            let beyond = await #expect(throws: GRPCStatus.self) {
                try await session.ask(Self.service + "Read", request, metadata: [store], for: EmptyMessage.self)
            }
            #expect(beyond?.code == .outOfRange)
            let unknown = await #expect(throws: GRPCStatus.self) {
                try await session.ask(Self.service + "Info", NameMessage("x"), for: EmptyMessage.self)
            }
            #expect(unknown?.code == .notFound)
        }
    }

    @Test func `is written, and each blob once`() async throws {
        try await run { session in
            let call = try session.call(Self.service + "Write", metadata: [store])
            var request = ContentWriteRequest()
            (request.reference, request.total, request.expected) = ("layer", Int64(blob.count), digest.description)
            for _ in 0..<2 {
                try await call.send(request)
                #expect(try await call.next(ContentWriteResponse.self) != nil)
                request = ContentWriteRequest()
            }
            for start in stride(from: 0, to: blob.count, by: 1 << 20) {
                request = ContentWriteRequest()
                (request.action, request.offset) = (.write, Int64(start))
                request.data = Array(blob[start..<min(start + 1 << 20, blob.count)])
                try await call.send(request)
                #expect(try await call.next(ContentWriteResponse.self) != nil)
            }
            request = ContentWriteRequest()
            (request.action, request.total, request.expected) = (.commit, Int64(blob.count), digest.description)
            try await call.send(request)
            #expect(try await call.next(ContentWriteResponse.self)?.action == .commit)
            #expect(try await call.next() == nil)
            #expect(memory.blobs.withLock { $0[digest] } == blob)

            let again = try session.call(Self.service + "Write", metadata: [store])
            try await again.send(request)
            let error = await #expect(throws: GRPCStatus.self) { try await again.next() }
            #expect(error?.code == .alreadyExists)
        }
    }
}
