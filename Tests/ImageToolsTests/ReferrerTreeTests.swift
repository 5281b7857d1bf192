import Concurrency
import ImageTools
import OCI
import Testing

/// What refers to images, as a place says that lies.
@Suite struct ReferrerTreeTests {
    /// Says of every digest that the same manifests refer to it, or that new ones do.
    private final class Liar: ReferrerListing {
        let name = "liar"
        let asked = Guarded<[Digest]>([])
        private let answer: @Sendable (Digest) -> [Digest]

        init(_ answer: @escaping @Sendable (Digest) -> [Digest]) {
            self.answer = answer
        }

        func referrers(of digest: Digest, artifactType: String?) async throws -> [Descriptor] {
            asked.withLock { $0.append(digest) }
            return answer(digest).map { Descriptor(mediaType: MediaType.ociManifest, digest: $0, size: 7) }
        }

        func resolve(_ reference: ManifestReference) async throws -> Descriptor { throw refusal }
        func manifest(_ reference: ManifestReference) async throws -> ManifestContent { throw refusal }
        func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream { throw refusal }

        private var refusal: ImageError { ImageError(.notFound, "cannot read it", "it is a lie") }
    }

    private static func digest(_ number: Int) -> Digest { Digest(of: Array("\(number)".utf8)) }

    private func load(_ source: Liar) async throws -> ReferrerTree {
        let root = Descriptor(mediaType: MediaType.ociIndex, digest: Self.digest(0), size: 1)
        return try await ReferrerTree.load(of: root, in: source, artifactType: nil)
    }

    private func count(_ tree: ReferrerTree) -> Int { 1 + tree.referrers.reduce(0) { $0 + count($1) } }
    private func depth(_ tree: ReferrerTree) -> Int { 1 + (tree.referrers.map(depth).max() ?? 0) }

    @Test func whatRefersToEverythingIsAskedOnce() async throws {
        let liar = Liar { _ in (0..<6).map(Self.digest) }
        let tree = try await load(liar)
        #expect(liar.asked.withLock { $0.count } == 6)
        #expect(count(tree) == 1 + 6 * 6)
    }

    @Test func aChainIsFollowedToItsLimit() async throws {
        let liar = Liar { digest in
            let number = (0..<100).first { Self.digest($0) == digest } ?? 0
            return [Self.digest(number + 1), Self.digest(number + 2)]
        }
        let tree = try await load(liar)
        #expect(depth(tree) == 9)
        #expect(liar.asked.withLock { Set($0).count == $0.count && $0.count < 20 })
    }

    @Test func whatHasNoEndIsAnError() async throws {
        let liar = Liar { digest in (0..<100).map { Digest(of: Array("\(digest) \($0)".utf8)) } }
        let error = await #expect(throws: ImageError.self) { try await load(liar) }
        #expect(error?.reason == "there are more than 10000 of them")
        #expect(liar.asked.withLock { $0.count } < 10_000)
    }
}
