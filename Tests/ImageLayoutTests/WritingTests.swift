import FileSystem
import Glibc
import JSON
import OCI
import TestKit
import Testing

@testable import ImageLayout

@Suite struct WritingTests {
    let folder: TemporaryFolder
    let layout: LayoutStore

    init() throws {
        folder = try TemporaryFolder()
        layout = LayoutStore(path: folder.file("a/layout"))
    }

    func put(_ bytes: [UInt8], algorithm: Digest.Algorithm = .sha256) async throws -> BlobPlacement {
        let source = ScriptedSource(content: bytes)
        return try await layout.put(
            BlobContent(blobDescriptor(bytes, algorithm: algorithm), in: source), mountingFrom: source)
    }

    @Test func theFirstWriteMakesALayout() async throws {
        #expect(try await put([1]) == .written)
        #expect(try File.read(layout.markerPath, limit: 99) == Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        #expect(
            try String(decoding: File.read(layout.indexPath, limit: 999), as: UTF8.self) == """
                {
                  "schemaVersion": 2,
                  "mediaType": "application/vnd.oci.image.index.v1+json",
                  "manifests": []
                }
                """)
        #expect(try layout.leftovers() == [])
    }

    @Test func anEmptyFolderBecomesALayout() async throws {
        try Folder.create(layout.path)
        try File.replace("\(layout.path)/.imgtool-new-left", with: [1])
        #expect(try await put([1]) == .written)
        #expect(try layout.leftovers() == [])
    }

    @Test func aFolderWithSomethingElseIsRefusedAndLeftAlone() async throws {
        try Folder.create(layout.path)
        try File.replace("\(layout.path)/thesis.txt", with: [1])
        let error = await #expect(throws: ImageError.self) { try await put([1]) }
        #expect("\(try #require(error))".contains("it is not empty: it has thesis.txt; name a new folder"))
        #expect(try Folder.list(layout.path) == ["thesis.txt"])
    }

    @Test func aLayoutThatWasNotFinishedIsFinished() async throws {
        try Folder.create(layout.path)
        try File.replace(layout.markerPath, with: ReadingTests.marker)
        try await layout.put(sampleManifest(), as: .tag("v1"))
        #expect(try await layout.tags() == ["v1"])
    }

    @Test(arguments: Digest.Algorithm.allCases, [0, 1, 999, 1000, 300_000])
    func aBlobIsWrittenOnce(algorithm: Digest.Algorithm, size: Int) async throws {
        let bytes = sampleBytes(size)
        #expect(try await put(bytes, algorithm: algorithm) == .written)
        #expect(try await put(bytes, algorithm: algorithm) == .existed)
        let file = layout.blobPath(Digest(of: bytes, algorithm: algorithm))
        #expect(try File.read(file, limit: size) == bytes)
        #expect(try layout.leftovers() == [])
    }

    @Test func aBlobThatIsCutShortIsWrittenAgain() async throws {
        let bytes = sampleBytes(5000)
        _ = try await put(bytes)
        try OpenFile(layout.blobPath(Digest(of: bytes)), for: .updating).truncate(to: 100)
        #expect(try await put(bytes) == .written)
        #expect(try File.read(layout.blobPath(Digest(of: bytes)), limit: 5000) == bytes)
    }

    @Test func wrongContentNeverBecomesABlob() async throws {
        let source = ScriptedSource(content: sampleBytes(5000, seed: 2))
        let wanted = blobDescriptor(sampleBytes(5000))
        let error = await #expect(throws: ImageError.self) {
            try await layout.put(BlobContent(wanted, in: source), mountingFrom: nil)
        }
        #expect(error?.code == .verification)
        #expect(try !layout.has(wanted))
        #expect(try layout.leftovers() == [])
    }

    @Test func aBlobOfANeighbourIsVerifiedToo() async throws {
        let neighbour = LayoutStore(path: folder.file("neighbour"))
        let bytes = sampleBytes(5000)
        let source = ScriptedSource(content: bytes)
        let blob = BlobContent(blobDescriptor(bytes), in: neighbour)
        _ = try await neighbour.put(BlobContent(blobDescriptor(bytes), in: source), mountingFrom: nil)
        #expect(try await layout.put(blob, mountingFrom: neighbour) == .written)
        try File.remove(layout.blobPath(Digest(of: bytes)))
        try File.replace(neighbour.blobPath(Digest(of: bytes)), with: sampleBytes(5000, seed: 3))
        await #expect(throws: ImageError.self) { try await layout.put(blob, mountingFrom: neighbour) }
    }

    @Test func aFullDiskIsNamedAndNothingStays() async throws {
        _ = try await put([1])
        let bytes = sampleBytes(5000)
        let full = FileError(ENOSPC, "write", layout.partialPath(Digest(of: bytes)))
        let source = ScriptedSource(content: bytes, breaks: [4000], breaking: full)
        let blob = BlobContent(blobDescriptor(bytes), in: source)
        let error = await #expect(throws: ImageError.self) { try await layout.put(blob, mountingFrom: nil) }
        let text = "\(try #require(error))"
        #expect(text.contains("no space is left on its device; free some space"), "\(text)")
        #expect(try layout.leftovers() == [])
    }
}

@Suite struct NamingTests {
    let folder: TemporaryFolder
    let layout: LayoutStore

    init() throws {
        folder = try TemporaryFolder()
        layout = LayoutStore(path: folder.file("layout"))
    }

    @Test func aTagIsAnEntryWithNothingElse() async throws {
        let manifest = try sampleManifest()
        try await layout.put(manifest, as: .tag("v1"))
        let expected: JSONValue = [
            "mediaType": .string(manifest.mediaType), "digest": .string(manifest.digest.description),
            "size": .integer(manifest.descriptor.size), "annotations": [AnnotationKey.refName: "v1"],
        ]
        #expect(try layout.entriesOnDisk() == [expected])
    }

    @Test func aChildHasNoEntry() async throws {
        try await layout.put(sampleManifest(), as: .child)
        #expect(try layout.entriesOnDisk() == [])
    }

    @Test func aDigestHasOneEntryWithoutAName() async throws {
        let manifest = try sampleManifest()
        try await layout.put(manifest, as: .digest)
        try await layout.put(manifest, as: .digest)
        #expect(try layout.entriesOnDisk() == [manifest.descriptor.json])
        #expect(try await layout.tags() == [])
    }

    @Test func aTagMovesInItsPlaceAndEverythingElseStaysAsItWas() async throws {
        let manifest = try sampleManifest(1)
        try await layout.put(sampleManifest(0), as: .child)
        let stranger: JSONValue = [
            "x-first": .null, "size": 1, "digest": .string(Digest(of: [1]).description), "mediaType": "text/plain",
            "x-last": ["nested": [1, 2]], "annotations": ["z": "1", "a": "2"],
        ]
        func index(_ digest: Digest, _ size: Int64, before: [JSONValue] = []) -> JSONValue {
            let named: JSONValue = [
                "mediaType": .string(MediaType.ociManifest), "digest": .string(digest.description),
                "size": .integer(size), "annotations": [AnnotationKey.refName: "v1"],
            ]
            return [
                "x-root": true, "annotations": ["z": "1", "a": "2"],
                "manifests": .array(before + [stranger, named, stranger]), "schemaVersion": 2,
            ]
        }
        let old = index(Digest(of: [9]), 9).object?["manifests"]?.array?[1]
        try layout.write(index: index(Digest(of: [5]), 5, before: [try #require(old)]))
        try await layout.put(manifest, as: .tag("v1"))
        let bytes = try File.read(layout.indexPath, limit: 1 << 20)
        #expect(bytes == JSONDocument(index(manifest.digest, manifest.descriptor.size)).bytes)
    }

    @Test func theSameWritesMakeTheSameBytes() async throws {
        let other = LayoutStore(path: folder.file("other"))
        for layout in [layout, other, other] {
            try await layout.put(sampleManifest(1), as: .tag("b"))
            try await layout.put(sampleManifest(0), as: .tag("a"))
        }
        #expect(try File.read(layout.indexPath, limit: 9999) == File.read(other.indexPath, limit: 9999))
    }

    @Test func aDamagedManifestIsMended() async throws {
        let manifest = try sampleManifest()
        try await layout.put(manifest, as: .tag("v1"))
        try File.replace(layout.blobPath(manifest.digest), with: manifest.bytes.reversed())
        try await layout.put(manifest, as: .tag("v1"))
        #expect(try await layout.manifest(.tag("v1")).bytes == manifest.bytes)
    }

    @Test func anIndexThatCannotBeReadIsNotReplaced() async throws {
        try await layout.put(sampleManifest(), as: .tag("v1"))
        try File.replace(layout.indexPath, with: Array("half of".utf8))
        await #expect(throws: ImageError.self) { try await layout.put(sampleManifest(), as: .tag("v2")) }
        #expect(try File.read(layout.indexPath, limit: 99) == Array("half of".utf8))
    }
}
