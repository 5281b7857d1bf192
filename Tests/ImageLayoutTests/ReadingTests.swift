import Concurrency
import FileSystem
import JSON
import OCI
import TestKit
import Testing

@testable import ImageLayout

@Suite struct ReadingTests {
    let folder: TemporaryFolder
    let layout: LayoutStore

    init() throws {
        folder = try TemporaryFolder()
        layout = LayoutStore(path: folder.file("layout"))
    }

    @Test func namingALayoutTouchesNothing() throws {
        _ = LayoutStore(path: folder.file("other"))
        #expect(try Folder.list(folder.path) == [])
        #expect(layout.name == "oci-layout://\(folder.path)/layout")
    }

    struct Trouble: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let code: ImageError.Code
        let says: String
        let arrange: @Sendable (LayoutStore) throws -> Void

        init(
            _ name: String, _ code: ImageError.Code, _ says: String,
            arrange: @escaping @Sendable (LayoutStore) throws -> Void
        ) {
            testDescription = name
            self.code = code
            self.says = says
            self.arrange = arrange
        }
    }

    static let marker = Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8)

    static let troubles = [
        Trouble("no folder", .notFound, "there is no such folder") { _ in },
        Trouble("a file", .notFound, "it is not a folder") { try File.replace($0.path, with: []) },
        Trouble("an empty folder", .notFound, "the file oci-layout is missing") { try Folder.create($0.path) },
        Trouble("no index", .notFound, "the file index.json is missing") {
            try Folder.create($0.path)
            try File.replace($0.markerPath, with: marker)
        },
        Trouble("a folder for a marker", .failed, "it is a folder") {
            try Folder.create($0.markerPath); try Folder.create($0.indexPath)
        },
        Trouble("a marker that is not JSON", .failed, "oci-layout is not JSON") {
            try Folder.create($0.indexPath)
            try File.replace($0.markerPath, with: Array("1.0.0".utf8 + [10, 10]) + Array("x".utf8))
        },
        Trouble("another version", .failed, "the layout version 2.0.0") {
            try Folder.create($0.indexPath)
            try File.replace($0.markerPath, with: Array(#"{"imageLayoutVersion":"2.0.0"}"#.utf8))
        },
        Trouble("no version", .failed, "does not say which imageLayoutVersion") {
            try Folder.create($0.indexPath)
            try File.replace($0.markerPath, with: Array("{}".utf8))
        },
        Trouble("a folder for an index", .failed, "index.json: it is a folder") {
            try Folder.create($0.indexPath)
            try File.replace($0.markerPath, with: marker)
        },
        Trouble("an index that is not JSON", .failed, "it is HTML") {
            try Folder.create($0.path)
            try File.replace($0.markerPath, with: marker)
            try File.replace($0.indexPath, with: Array("<html>".utf8))
        },
        Trouble("an index of something else", .failed, "manifests[0].digest: it is missing") {
            try Folder.create($0.path)
            try File.replace($0.markerPath, with: marker)
            try File.replace($0.indexPath, with: Array(#"{"manifests":[{"size":1}]}"#.utf8))
        },
    ]

    @Test(arguments: troubles)
    func whatIsNoReadableLayoutIsNamed(trouble: Trouble) async throws {
        try trouble.arrange(layout)
        let error = await #expect(throws: ImageError.self) { try await layout.tags() }
        let text = "\(try #require(error))"
        #expect(error?.code == trouble.code)
        #expect(text.hasPrefix("cannot read \(layout.name): ") && text.contains(trouble.says), "\(text)")
    }

    @Test func aManifestIsReadByTagAndByDigest() async throws {
        let manifest = try sampleManifest()
        try await layout.put(manifest, as: .tag("v1"))
        for reference in [ManifestReference.tag("v1"), .digest(manifest.digest)] {
            #expect(try await layout.resolve(reference) == manifest.descriptor)
            #expect(try await layout.manifest(reference).bytes == manifest.bytes)
        }
    }

    @Test func aManifestWithoutAnEntryIsKnownByItsContent() async throws {
        let child = try sampleManifest()
        try await layout.put(child, as: .child)
        #expect(try await layout.resolve(.digest(child.digest)) == child.descriptor)
        let layer = sampleBytes(10)
        try File.replace(layout.blobPath(Digest(of: layer)), with: layer)
        await #expect(throws: ImageError.self) { try await layout.resolve(.digest(Digest(of: layer))) }
    }

    @Test(arguments: [ManifestReference.tag("no"), .digest(Digest(of: []))])
    func whatIsNotThereIsNotFound(reference: ManifestReference) async throws {
        try await layout.put(sampleManifest(), as: .tag("v1"))
        for read in [{ _ = try await layout.resolve(reference) }, { _ = try await layout.manifest(reference) }] {
            let error = await #expect(throws: ImageError.self) { try await read() }
            #expect(error?.code == .notFound)
        }
        let error = await #expect(throws: ImageError.self) { try await layout.rawBlob(blobDescriptor([1]), from: 0) }
        #expect(error?.code == .notFound)
        #expect(try !layout.has(blobDescriptor([1])))
    }

    @Test func aManifestThatIsDamagedIsNotUsed() async throws {
        let manifest = try sampleManifest()
        try await layout.put(manifest, as: .tag("v1"))
        var bytes = manifest.bytes
        bytes[bytes.count - 3] ^= 1
        for damaged in [bytes, bytes + [32]] {
            try File.replace(layout.blobPath(manifest.digest), with: damaged)
            let error = await #expect(throws: ImageError.self) { try await layout.manifest(.tag("v1")) }
            #expect(error?.code == .verification)
        }
        try File.remove(layout.blobPath(manifest.digest))
        let error = await #expect(throws: ImageError.self) { try await layout.resolve(.tag("v1")) }
        #expect(error?.code == .notFound)
    }

    @Test func aManifestOfAbsurdSizeIsNotRead() async throws {
        let manifest = try sampleManifest()
        try await layout.put(manifest, as: .child)
        try OpenFile(layout.blobPath(manifest.digest), for: .updating).truncate(to: ManifestContent.maximumSize + 1)
        let error = await #expect(throws: ImageError.self) { try await layout.manifest(.digest(manifest.digest)) }
        #expect(try #require(error).reason.contains("no manifest is larger than"))
    }

    @Test func aBlobIsReadFromAnyOffset() async throws {
        let bytes = sampleBytes(FileStream.pieceSize + 100)
        let source = ScriptedSource(content: bytes)
        _ = try await layout.put(BlobContent(blobDescriptor(bytes), in: source), mountingFrom: nil)
        let stream = try await layout.rawBlob(blobDescriptor(bytes), from: 50)
        var read: [UInt8] = []
        while let piece = try await stream.next() { read += piece }
        #expect(read == Array(bytes[50...]))
    }

    @Test func aFolderInThePlaceOfABlobIsNoBlob() async throws {
        try await layout.put(sampleManifest(), as: .child)
        try Folder.create(layout.blobPath(Digest(of: [1])))
        #expect(try !layout.has(blobDescriptor([1])))
        await #expect(throws: ImageError.self) { try await layout.rawBlob(blobDescriptor([1]), from: 0) }
    }
}
