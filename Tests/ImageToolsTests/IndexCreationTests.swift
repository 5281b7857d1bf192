import ImageTools
import JSON
import OCI
import TestKit
import Testing

@Suite("An index that is created")
struct IndexCreationTests {
    private let amd64 = TestImage()
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64", variant: "v8"))

    private func create(
        _ tags: [String], of sources: [String], in stores: MemoryStores,
        _ change: (inout IndexCreation) -> Void = { _ in }
    ) async throws {
        var creation = IndexCreation()
        creation.tags = try tags.map { try Reference(parsing: $0) }
        creation.sources = try sources.map { .reference(try Reference(parsing: $0)) }
        change(&creation)
        _ = try await creation.run(in: stores, observer: NoObserver())
    }

    @Test func `reads nothing twice, even for two destinations`() async throws {
        let stores = try MemoryStores(["a.example/app:one": amd64, "a.example/app:two": arm64])
        try await create(
            ["b.example/app:v1", "c.example/app:v1"], of: ["a.example/app:one", "a.example/app:two"], in: stores)
        let log = try stores["a.example/app"].log
        #expect(log.count { $0.hasPrefix("manifest ") } == 2, "\(log)")
        for image in [amd64, arm64] {
            let config = try #require(image.blobs.first)
            #expect(log.count { $0 == "blob \(Digest(of: config))" } == 1, "\(log)")
        }
        #expect(try stores["b.example/app"].content(of: "v1")?.index().manifests.count == 2)
        #expect(
            try stores["b.example/app"].content(of: "v1")?.digest == stores["c.example/app"].content(of: "v1")?.digest)
    }

    @Test func `comes after everything that it names`() async throws {
        let stores = try MemoryStores(["a.example/app:one": amd64, "a.example/app:two": arm64])
        try await create(["b.example/app:v1"], of: ["a.example/app:one", "a.example/app:two"], in: stores)
        let puts = try stores["b.example/app"].log.filter { $0.hasPrefix("put ") }
        let last = try #require(try stores["b.example/app"].content(of: "v1")?.digest)
        #expect(puts.count == 7)
        #expect(puts.last == "put manifest \(last)")
        for image in [amd64, arm64] {
            let parent = try #require(puts.firstIndex(of: "put manifest \(image.digest)"))
            for blob in image.blobs {
                #expect(try #require(puts.firstIndex(of: "put blob \(Digest(of: blob))")) < parent)
            }
        }
    }

    @Test func `has no v8 for a new arm64 image, and keeps the v8 of an entry that exists`() async throws {
        let stores = try MemoryStores(["a.example/app:new": arm64, "a.example/app:old": TestIndex([arm64])])
        try await create(["a.example/app:v1"], of: ["a.example/app:new"], in: stores)
        let store = try stores["a.example/app"]
        #expect(try store.content(of: "v1")?.index().manifests[0].platform?.variant == nil)
        try await create(["a.example/app:v2"], of: ["a.example/app:old", "a.example/app:new"], in: stores)
        #expect(try store.content(of: "v2")?.index().manifests[0].platform?.variant == "v8")
    }

    @Test func `stays the same bytes when the same image is appended again, whoever wrote it`() async throws {
        let compact = CompactIndex([amd64.descriptor, arm64.descriptor])
        let stores = try MemoryStores(["a.example/app:one": arm64, "a.example/app:v1": amd64])
        let store = try stores["a.example/app"]
        store.add(compact, tag: "v1")
        try await create(["a.example/app:v1"], of: ["a.example/app:one"], in: stores) { $0.appends = true }
        #expect(store.content(of: "v1")?.bytes == compact.manifest)
    }

    @Test func `takes a descriptor's word over the configuration's`() async throws {
        let stores = try MemoryStores(["a.example/app:one": arm64])
        var given = arm64.descriptor.content
        given.platform = Platform(os: "linux", architecture: "", osVersion: "6.1")
        given.annotations = ["a": "b"]
        given.size = 0
        let entry = given
        try await create(["a.example/app:v1"], of: [], in: stores) { $0.sources = [.descriptor(entry)] }
        let made = try #require(try stores["a.example/app"].content(of: "v1")?.index().manifests.first)
        #expect(made.platform == Platform(os: "linux", architecture: "arm64", osVersion: "6.1"))
        #expect(made.annotations == ["a": "b"])
        #expect(made.size == arm64.descriptor.size)
        let wrong = await #expect(throws: ImageError.self) {
            try await create(["a.example/app:v1"], of: [], in: stores) { creation in
                var entry = entry
                entry.size = 5
                creation.sources = [.descriptor(entry)]
            }
        }
        #expect(wrong?.code == .verification)
    }

    @Test func `does not guess where a bare digest is`() async throws {
        let stores = try MemoryStores(["a.example/app:one": amd64, "b.example/app:one": amd64])
        let digest = amd64.digest
        let error = await #expect(throws: ImageError.self) {
            try await create(["a.example/app:v1"], of: ["b.example/app:one"], in: stores) {
                $0.sources.append(.digest(digest))
            }
        }
        #expect(error?.code == .usage)
        #expect(error?.description.contains("2 repositories are named") == true)
    }
}

/// Sees nothing.
private struct NoObserver: TransferObserver {
    private struct Ticket: TransferTicket {
        func advance(by bytes: Int) {}
        func end(_ result: Result<BlobPlacement, any Error>) {}
    }

    func begin(_ descriptor: Descriptor, _ kind: TransferKind, to destination: String) -> any TransferTicket {
        Ticket()
    }
    func wait(for image: Reference) -> any TransferTicket { Ticket() }
    func note(_ text: String) {}
    func warn(_ text: String) {}
}

/// An index as tools write it that use no white space.
private struct CompactIndex: TestContent {
    let manifest: [UInt8]
    let descriptor: Descriptor
    var blobs: [[UInt8]] { [] }
    var children: [any TestContent] { [] }

    init(_ entries: [Descriptor]) {
        manifest = Index(mediaType: MediaType.ociIndex, manifests: entries).json.bytes(.compact)
        descriptor = Descriptor(
            mediaType: MediaType.ociIndex, digest: Digest(of: manifest), size: Int64(manifest.count))
    }
}
