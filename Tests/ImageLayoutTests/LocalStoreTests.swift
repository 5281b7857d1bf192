import FileSystem
import JSON
import OCI
import TestKit
import Testing

@testable import ImageLayout

@Suite struct LocalStoreTests {
    let folder: TemporaryFolder
    let store: LocalStore
    let app = Repository(host: "docker.io", path: "library/app")
    let other = Repository(host: "localhost:5000", path: "team/other")

    init() throws {
        folder = try TemporaryFolder()
        store = LocalStore(path: folder.file("data/images"))
    }

    /// Writes the image of a number with its configuration.
    @discardableResult
    private func put(_ number: Int, _ repository: Repository, _ naming: ManifestNaming) async throws -> ManifestContent
    {
        let config = [UInt8(number)]
        let manifest = try sampleManifest(number)
        let place = store.repository(repository)
        _ = try await place.put(
            BlobContent(blobDescriptor(config), bytes: config, of: "the test"), mountingFrom: nil)
        try await place.put(manifest, as: naming)
        return manifest
    }

    @Test func everyNameHasTagsOfItsOwn() async throws {
        let first = try await put(1, app, .tag("1"))
        let second = try await put(2, other, .tag("1"))
        try await put(1, app, .tag("2"))
        #expect(try await store.repository(app).tags() == ["1", "2"])
        #expect(try await store.repository(other).tags() == ["1"])
        #expect(try await store.repository(app).manifest(.tag("1")).bytes == first.bytes)
        #expect(try await store.repository(other).manifest(.tag("1")).bytes == second.bytes)
    }

    @Test func aNameThatIsNotThereIsNotFoundWhateverElseIs() async throws {
        let none = await #expect(throws: ImageError.self) { try await store.repository(app).resolve(.tag("latest")) }
        #expect(none?.code == .notFound)
        try await put(1, app, .tag("1"))
        for (repository, tag) in [(app, "latest"), (other, "1")] {
            let error = await #expect(throws: ImageError.self) {
                try await store.repository(repository).resolve(.tag(tag))
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test func anEntryHasItsFullNameWhereOtherToolsLookForIt() async throws {
        try await put(1, app, .tag("1"))
        let annotations = try #require(try store.layout.entriesOnDisk()[0]["annotations"])
        #expect(annotations[AnnotationKey.refName]?.string == "docker.io/library/app:1")
        #expect(annotations[AnnotationKey.containerdName]?.string == "docker.io/library/app:1")
    }

    @Test(arguments: [
        [AnnotationKey.refName: "docker.io/library/app:1"], [AnnotationKey.refName: "app:1"],
        [AnnotationKey.containerdName: "docker.io/library/app:1"],
        [AnnotationKey.containerdName: "docker.io/library/app:1", AnnotationKey.refName: "1"],
        [AnnotationKey.containerdName: "docker.io/library/renamed:5", AnnotationKey.refName: "app:1"],
    ])
    func namesThatOtherToolsGaveAreUnderstoodAndTakenOver(_ annotations: [String: String]) async throws {
        let manifest = try await put(1, app, .tag("old"))
        var entry = manifest.descriptor
        entry.annotations = annotations
        try store.layout.write(index: Index(mediaType: MediaType.ociIndex, manifests: [entry]).json)
        #expect(try await store.repository(app).tags() == ["1"])
        #expect(try await store.repository(app).resolve(.tag("1")).digest == manifest.digest)
        let newer = try await put(2, app, .tag("1"))
        #expect(try store.layout.entriesOnDisk().count == 1)
        #expect(try await store.repository(app).resolve(.tag("1")).digest == newer.digest)
    }

    @Test func anIncompleteImageIsNotTaken() async throws {
        try await put(1, app, .tag("1"))
        let incomplete = try sampleManifest(2)
        for naming in [ManifestNaming.tag("1"), .digest] {
            let error = await #expect(throws: ImageError.self) {
                try await store.repository(app).put(incomplete, as: naming)
            }
            #expect(error?.code == .failed)
        }
        #expect(try store.layout.entriesOnDisk().count == 1)
        // Whoever copies asks by digest first, and must not be told that it is there.
        let error = await #expect(throws: ImageError.self) {
            try await store.repository(app).resolve(.digest(incomplete.digest))
        }
        #expect(error?.code == .notFound)
    }

    @Test func removingANameLeavesOthersOfTheSameImage() async throws {
        let manifest = try await put(1, app, .tag("1"))
        try await put(1, other, .tag("1"))
        try await store.repository(app).removeTag("1")
        #expect(try await store.repository(other).manifest(.tag("1")).bytes == manifest.bytes)
        try await store.repository(other).removeManifest(manifest.digest)
        #expect(try store.layout.entriesOnDisk().isEmpty)
        for remove in [
            { try await store.repository(app).removeTag("1") },
            { try await store.repository(app).removeManifest(manifest.digest) },
        ] {
            let error = await #expect(throws: ImageError.self) { try await remove() }
            #expect(error?.code == .notFound)
        }
    }
}
