import Concurrency
import OCI
import Testing

@Suite("The content of a blob")
struct BlobContentTests {
    private static let bytes = Array("some content of a layer".utf8)

    private static func descriptor(size: Int? = nil, algorithm: Digest.Algorithm = .sha256) -> Descriptor {
        Descriptor(mediaType: "x", digest: Digest(of: bytes, algorithm: algorithm), size: Int64(size ?? bytes.count))
    }

    @Test("comes out whole when it is right", arguments: [1, 2, 7, 23, 100], Digest.Algorithm.allCases)
    func right(_ piece: Int, _ algorithm: Digest.Algorithm) async throws {
        let read = Guarded(0)
        let source = MemorySource(Self.bytes, piece: piece)
        let blob = BlobContent(Self.descriptor(algorithm: algorithm), in: source) { count in
            read.withLock { $0 += count }
        }
        #expect(try await blob.bytes() == Self.bytes)
        #expect(read.withLock { $0 } == Self.bytes.count)
        #expect(try await blob.bytes() == Self.bytes)
    }

    @Test("may be empty")
    func empty() async throws {
        let descriptor = Descriptor(mediaType: "x", digest: Digest(of: []), size: 0)
        #expect(try await BlobContent(descriptor, in: MemorySource([])).bytes() == [])
        let forged = Descriptor(mediaType: "x", digest: Digest(of: [1]), size: 0)
        await #expect(throws: ImageError.self) { try await BlobContent(forged, in: MemorySource([])).bytes() }
    }

    @Test(
        "is refused before its last piece is handed out",
        arguments: [
            (Array("some content of a laye".utf8), "it ended after 22 of 23 bytes"),
            ([], "it ended after 0 of 23 bytes"),
            (bytes + [0], "it is longer than the expected 23 bytes"),
            (
                Array("some content of a LAYER".utf8),
                "its content has the digest \(Digest(of: Array("some content of a LAYER".utf8)))"
            ),
        ] as [([UInt8], String)], [1, 5, 100])
    func wrong(_ content: ([UInt8], String), _ piece: Int) async throws {
        let stream = try await BlobContent(Self.descriptor(), in: MemorySource(content.0, piece: piece)).open()
        var received: [UInt8] = []
        let error = await #expect(throws: ImageError.self) {
            while let piece = try await stream.next() { received += piece }
        }
        #expect(error?.code == .verification)
        #expect(
            error?.reason == content.1 || (content.0.count > 23 && error?.reason.hasPrefix("its content has") == true))
        #expect(error?.attempt == "cannot use the blob \(Self.descriptor().digest) of memory")
        #expect(received.count < content.0.count || content.0.count < 23)
    }

    @Test("can be resumed by who has its beginning", arguments: [0, 1, 22])
    func resumed(_ offset: Int) async throws {
        let blob = BlobContent(Self.descriptor(), in: MemorySource(Self.bytes, piece: 4))
        var hasher = DigestHasher(.sha256)
        hasher.update(Array(Self.bytes[..<offset]))
        let stream = try await blob.open(after: hasher)
        var rest: [UInt8] = []
        while let piece = try await stream.next() { rest += piece }
        #expect(rest == Array(Self.bytes[offset...]))

        var forged = DigestHasher(.sha256)
        forged.update([UInt8](repeating: 0, count: max(1, offset)))
        let other = try await blob.open(after: forged)
        await #expect(throws: ImageError.self) { while try await other.next() != nil {} }
    }

    @Test("is not read into memory when it is larger than expected")
    func limit() async throws {
        let blob = BlobContent(Self.descriptor(size: 1 << 40), in: MemorySource(Self.bytes))
        let error = await #expect(throws: ImageError.self) { try await blob.bytes(limit: 1000) }
        #expect(error?.reason == "it has 1099511627776 bytes, more than the limit of 1000")
    }

    @Test("of errors is one line for a person")
    func errors() {
        let error = ImageError(.failed, "cannot read a", "it\nbroke", advice: "try again")
        #expect(error.description == "cannot read a: it broke; try again")
    }
}

/// A place that has one blob and nothing else.
private struct MemorySource: ImageSource {
    let name = "memory"
    let bytes: [UInt8]
    let piece: Int

    init(_ bytes: [UInt8], piece: Int = 8) {
        self.bytes = bytes
        self.piece = piece
    }

    func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream {
        Pieces(Array(bytes.dropFirst(Int(offset))), of: piece)
    }

    func resolve(_ reference: ManifestReference) async throws -> Descriptor { throw missing(reference) }
    func manifest(_ reference: ManifestReference) async throws -> ManifestContent { throw missing(reference) }

    private func missing(_ reference: ManifestReference) -> ImageError {
        ImageError(.notFound, "cannot read \(reference)", "it is not there")
    }
}

/// Bytes in pieces of one length.
private final class Pieces: ByteStream {
    private let rest: Guarded<ArraySlice<UInt8>>
    private let length: Int

    init(_ bytes: [UInt8], of length: Int) {
        rest = Guarded(bytes[...])
        self.length = length
    }

    func next() async throws -> [UInt8]? {
        rest.withLock { rest in
            let piece = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
            return piece.isEmpty ? nil : piece
        }
    }
}
