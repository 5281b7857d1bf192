import Concurrency
import OCI
import Registry
import TestKit

/// A client of registries as the program sets one up, with nothing of this machine's configuration, and what it tells.
struct Client: Sendable {
    let registries: Registries
    private let told: Guarded<(warnings: [String], retries: [String], trace: [String])>

    /// - Parameters:
    ///   - credential: Holds for every registry.
    ///   - locations: The configuration; by default there is none.
    ///   - change: Changes the options, whose pauses are short.
    init(
        credential: Credential? = nil,
        locations: ConfigurationLocations = ConfigurationLocations(
            environment: [:], home: "/nowhere", system: "/nowhere"),
        _ change: (inout RegistryOptions) -> Void = { _ in }
    ) throws {
        var options = RegistryOptions()
        options.retry.firstPause = .milliseconds(1)
        change(&options)
        let told = Guarded<(warnings: [String], retries: [String], trace: [String])>(([], [], []))
        self.told = told
        registries = Registries(
            userAgent: "imgtool-test", options: options, credentials: CredentialStore(locations, given: credential),
            configuration: try RegistriesConfiguration(locations), certificates: CertificateFolders(locations),
            notify: { notice in
                told.withLock { told in
                    switch notice {
                    case .warning(let text): told.warnings.append(text)
                    case .retry(let text): told.retries.append(text)
                    }
                }
            }, trace: { line in told.withLock { $0.trace.append(line) } })
    }

    var warnings: [String] { told.withLock { $0.warnings } }
    var retries: [String] { told.withLock { $0.retries } }
    /// All that `--debug` would show.
    var trace: String { told.withLock { $0.trace.joined(separator: "\n") } }

    func repository(_ host: String, _ path: String) throws -> RegistryRepository {
        try registries.repository(Repository(host: host, path: path))
    }
}

/// Blobs in memory, for uploads.
final class MemorySource: ImageSource {
    private let blobs: [Digest: [UInt8]]
    private let opened = Guarded(0)

    init(_ blobs: [[UInt8]], as claimed: [Digest] = []) {
        let digests = claimed.isEmpty ? blobs.map { Digest(of: $0) } : claimed
        self.blobs = Dictionary(uniqueKeysWithValues: zip(digests, blobs))
    }

    /// The only blob of a source.
    static func content(_ bytes: [UInt8]) -> BlobContent {
        BlobContent(descriptor(of: bytes), in: MemorySource([bytes]))
    }

    static func descriptor(of bytes: [UInt8]) -> Descriptor {
        Descriptor(mediaType: MediaType.anyBytes, digest: Digest(of: bytes), size: Int64(bytes.count))
    }

    let name = "memory"

    func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream {
        let bytes = try blobs[descriptor.digest] ?? { throw Self.missing }()
        return PieceStream(Array(bytes[Int(offset)...]))
    }

    func resolve(_ reference: ManifestReference) async throws -> Descriptor { throw Self.missing }
    func manifest(_ reference: ManifestReference) async throws -> ManifestContent { throw Self.missing }

    private static let missing = ImageError(.notFound, "cannot read memory", "it is not there")
}

/// Bytes in pieces of the size that files have.
private final class PieceStream: ByteStream {
    private let rest: Guarded<ArraySlice<UInt8>>

    init(_ bytes: [UInt8]) {
        rest = Guarded(bytes[...])
    }

    func next() async throws -> [UInt8]? {
        rest.withLock { rest in
            let piece = Array(rest.prefix(256 << 10))
            rest = rest.dropFirst(piece.count)
            return piece.isEmpty ? nil : piece
        }
    }
}

extension ByteStream {
    /// All that is left.
    func collect() async throws -> [UInt8] {
        var all: [UInt8] = []
        while let piece = try await next() { all += piece }
        return all
    }
}

extension ManifestContent {
    init(_ content: any TestContent) throws {
        try self.init(
            bytes: content.manifest, mediaType: content.descriptor.mediaType, digest: content.digest, of: "test")
    }
}
