import Concurrency
import OCI
import Testing

@Suite("An optional capability of a store")
struct StoreCapabilityTests {
    private struct Plain: ImageSource {
        let name = "plain"

        func resolve(_ reference: ManifestReference) async throws -> Descriptor { throw missing }
        func manifest(_ reference: ManifestReference) async throws -> ManifestContent { throw missing }
        func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream { throw missing }

        private var missing: ImageError { ImageError(.notFound, "cannot read plain", "it is empty") }
    }

    private struct Stream: StreamDestination {
        let name = "stream"

        func resolve(_ reference: ManifestReference) async throws -> Descriptor { throw refusal }
        func put(_ blob: BlobContent, mountingFrom neighbour: (any ImageSource)?) async throws -> BlobPlacement {
            .written
        }
        func put(_ manifest: ManifestContent, as naming: ManifestNaming) async throws {}
        func admit(_ manifest: ManifestContent) throws(ImageError) { throw refusal }

        private var refusal: ImageError { ImageError(.failed, "cannot write stream", "it holds no index") }
    }

    @Test func `that is missing is an error that says what needs it`() {
        let error = #expect(throws: ImageError.self) {
            try Plain().capable(of: (any TagListing).self, "cannot list the tags of plain")
        }
        #expect(error?.code == .usage)
        #expect(error?.description.hasPrefix("cannot list the tags of plain: ") == true)
    }

    @Test func `to list referrers may be missing where none are needed`() async throws {
        #expect(try await Plain().knownReferrers(of: Digest(of: [])) == [])
    }

    @Test func `to hold only some content is asked before anything is written`() {
        let index = ManifestContent(Index(mediaType: MediaType.ociIndex))
        let destination: any ImageDestination = Stream()
        #expect(throws: ImageError.self) { try destination.checkFit(of: index) }
    }
}
