import FileSystem
import OCI
import TestKit
import Testing

@testable import ImageLayout

@Suite struct RemovalTests {
    let folder: TemporaryFolder
    let layout: LayoutStore

    init() throws {
        folder = try TemporaryFolder()
        layout = LayoutStore(path: folder.file("layout"))
    }

    @Test func aTagGoesAndEverythingElseStays() async throws {
        let manifest = try sampleManifest()
        for tag in ["v1", "v2"] { try await layout.put(manifest, as: .tag(tag)) }
        try await layout.removeTag("v1")
        #expect(try await layout.tags() == ["v2"])
        #expect(try await layout.manifest(.digest(manifest.digest)).bytes == manifest.bytes)
        try await layout.removeTag("v2")
        #expect(try await layout.resolve(.digest(manifest.digest)) == manifest.descriptor)
    }

    @Test func aManifestGoesWithAllItsTags() async throws {
        let (manifest, other) = (try sampleManifest(1), try sampleManifest(2))
        for tag in ["v1", "v2"] { try await layout.put(manifest, as: .tag(tag)) }
        try await layout.put(other, as: .tag("other"))
        try await layout.removeManifest(manifest.digest)
        #expect(try await layout.tags() == ["other"])
        #expect(try Folder.list(layout.folder(of: .sha256)) == [other.digest.hex])
    }

    @Test func aManifestWithoutAnEntryGoesToo() async throws {
        let child = try sampleManifest(1)
        try await layout.put(child, as: .child)
        try await layout.removeManifest(child.digest)
        #expect(try Folder.list(layout.folder(of: .sha256)) == [])
    }

    @Test func theOnlyImageIsNotTakenForLatest() async throws {
        try await layout.put(sampleManifest(), as: .tag("v1"))
        let error = await #expect(throws: ImageError.self) { try await layout.removeTag("latest") }
        #expect(error?.code == .notFound)
        #expect(try await layout.tags() == ["v1"])
    }

    @Test func aLayerIsNotRemovedAsAManifest() async throws {
        try await layout.put(sampleManifest(), as: .child)
        let layer = sampleBytes(100)
        try File.replace(layout.blobPath(Digest(of: layer)), with: layer)
        await #expect(throws: ImageError.self) { try await layout.removeManifest(Digest(of: layer)) }
        #expect(try layout.has(blobDescriptor(layer)))
    }

    @Test func nothingIsRemovedWhereNothingIs() async throws {
        for remove in [{ try await layout.removeTag("v1") }, { try await layout.removeManifest(Digest(of: [])) }] {
            let error = await #expect(throws: ImageError.self) { try await remove() }
            #expect(error?.code == .notFound)
        }
        #expect(try Folder.list(folder.path) == [])
    }
}
