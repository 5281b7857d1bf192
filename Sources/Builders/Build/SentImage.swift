internal import BuildKit
internal import Concurrency
internal import OCI

/// An image that nodes read from here.
struct SentImage: SessionContent {
    private let source: any ImageSource

    init(_ source: any ImageSource) {
        self.source = source
    }

    func size(of digest: Digest) async throws -> Int64? {
        do {
            return try await descriptor(of: digest).size
        } catch let error as ImageError where error.code == .notFound {
            return nil
        }
    }

    func open(_ digest: Digest, from offset: Int64) async throws -> any ByteStream {
        try await source.rawBlob(try await descriptor(of: digest), from: offset)
    }

    func store(_ digest: Digest, size: Int64?, _ stream: any ByteStream) async throws {
        throw ImageError(.failed, "cannot change \(source.name)", "it is a context of the build")
    }

    private func descriptor(of digest: Digest) async throws -> Descriptor {
        try await source.capable(of: (any BlobResolving).self, "cannot send \(source.name)").resolveBlob(digest)
    }
}
