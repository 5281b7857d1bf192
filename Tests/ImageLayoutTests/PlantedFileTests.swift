import Concurrency
import FileSystem
import Glibc
import OCI
import TestKit
import Testing

@testable import ImageLayout

/// A layout in a folder that somebody else can write to, who has put things there under names that can be guessed.
@Suite(.timeLimit(.minutes(1))) struct PlantedFileTests {
    let folder: TemporaryFolder
    let layout: LayoutStore
    let bytes = sampleBytes(10_500)
    var victim: String { folder.file("victim") }
    let precious = Array("precious".utf8)

    init() throws {
        folder = try TemporaryFolder()
        layout = LayoutStore(path: folder.file("layout"))
        try File.replace(folder.file("victim"), with: Array("precious".utf8))
    }

    func put() async throws -> BlobPlacement {
        let source = ScriptedSource(content: bytes)
        return try await layout.put(BlobContent(blobDescriptor(bytes), in: source), mountingFrom: nil)
    }

    func isHarmed() throws -> Bool { try File.read(victim, limit: 1 << 20) != precious }

    /// What somebody may put in the place of a file.
    enum Plant: String, CaseIterable, CustomTestStringConvertible {
        case link = "ln -s $1 $2"
        case dangling = "ln -s $1-new $2"
        case hardLink = "ln $1 $2"
        case pipe = "mkfifo $2"
        case folder = "mkdir $2"
        case device = "ln -s /dev/zero $2"
        case socket = "cd ${2%/*} && python3 -c 'import socket,sys; socket.socket(1).bind(sys.argv[1])' ${2##*/}"

        var testDescription: String { rawValue }

        func put(_ victim: String, at path: String) throws { try runTool("sh", "-c", rawValue, "sh", victim, path) }
    }

    @Test(arguments: Plant.allCases)
    func inThePlaceOfABlobOnItsWayIsLeftAlone(plant: Plant) async throws {
        try await layout.prepare()
        let place = layout.partialPath(Digest(of: bytes))
        try plant.put(victim, at: place)
        #expect(try await put() == .written)
        #expect(try File.read(layout.blobPath(Digest(of: bytes)), limit: 20_000) == bytes)
        #expect(try !isHarmed())
        #expect(try FileStatus(of: "\(victim)-new") == nil)
        #expect(try Folder.list(layout.path).filter { $0.hasPrefix(".imgtool") } == [place.name])
    }

    @Test func theRestOfSomebodyElseIsNotGoneOnWith() async throws {
        guard geteuid() == 0 else { return }
        try await layout.prepare()
        let place = layout.partialPath(Digest(of: bytes))
        try File.replace(place, with: Array(bytes[..<4000]))
        chown(place, 65534, 65534)
        #expect(try await put() == .written)
        #expect(try File.read(place, limit: 20_000) == Array(bytes[..<4000]))
    }

    @Test(arguments: Plant.allCases)
    func inThePlaceOfANewIndexIsLeftAlone(plant: Plant) async throws {
        try await layout.prepare()
        for name in [".imgtool-new", ".imgtool-new-0", ".new-0"] {
            try plant.put(victim, at: folder.file("layout/\(name)"))
        }
        try await layout.put(sampleManifest(), as: .tag("v1"))
        #expect(try await layout.tags() == ["v1"])
        #expect(try !isHarmed())
        #expect(try FileStatus(of: "\(victim)-new") == nil)
    }

    @Test(arguments: Plant.allCases)
    func inThePlaceOfTheIndexIsReplacedOrRefused(plant: Plant) async throws {
        try await layout.put(sampleManifest(), as: .tag("v1"))
        try File.remove(layout.indexPath)
        try plant.put(victim, at: layout.indexPath)
        _ = try? await layout.put(sampleManifest(2), as: .tag("v2"))
        _ = try? await layout.tags()
        #expect(try !isHarmed())
        #expect(try FileStatus(of: "\(victim)-new") == nil)
    }

    @Test(arguments: [Plant.pipe, .device, .socket, .folder])
    func whatIsNoFileIsAnErrorAndNotWaitedFor(plant: Plant) async throws {
        let manifest = try sampleManifest()
        try await layout.put(manifest, as: .tag("v1"))
        for place in [layout.blobPath(manifest.digest), layout.indexPath, layout.markerPath] {
            try File.remove(place)
            try plant.put(victim, at: place)
            for work in [
                { _ = try await layout.manifest(.tag("v1")) },
                { _ = try await layout.rawBlob(manifest.descriptor, from: 0) },
                { _ = try await layout.put(manifest, as: .tag("v2")) },
                { _ = try await LayoutStore(path: layout.path).referrers(of: manifest.digest, artifactType: nil) },
            ] as [() async throws -> Void] {
                do { try await work() } catch let error as ImageError { #expect(!error.reason.isEmpty) }
            }
            if place != layout.blobPath(manifest.digest) {
                await #expect(throws: ImageError.self) { try await layout.tags() }
            }
        }
    }

    @Test(arguments: ["blobs", "blobs/sha256"])
    func aFolderBehindTheLinkOfSomebodyElseIsNotWrittenTo(name: String) async throws {
        guard geteuid() == 0 else { return }
        try await layout.prepare()
        try runTool("rm", "-r", folder.file("layout/\(name)"))
        try Folder.create(folder.file("elsewhere/sha256"))
        try runTool("ln", "-s", folder.file("elsewhere"), folder.file("layout/\(name)"))
        lchown(folder.file("layout/\(name)"), 65534, 65534)
        let error = await #expect(throws: ImageError.self) { try await put() }
        #expect(error?.reason.contains("symbolic link") == true, "\(error?.description ?? "")")
        #expect(
            try Folder.list(folder.file("elsewhere")) == ["sha256"]
                && Folder.list(folder.file("elsewhere/sha256")) == [])
    }

    @Test func aFolderBehindOnesOwnLinkIsWrittenTo() async throws {
        try await layout.prepare()
        try runTool("rm", "-r", folder.file("layout/blobs"))
        try Folder.create(folder.file("elsewhere"))
        try runTool("ln", "-s", "../elsewhere", folder.file("layout/blobs"))
        #expect(try await put() == .written)
        #expect(try File.read(folder.file("elsewhere/sha256/\(Digest(of: bytes).hex)"), limit: 20_000) == bytes)
    }

    @Test func aFolderThatIsSwappedMeanwhileIsStillTheOneWrittenTo() async throws {
        try await layout.prepare()
        let (path, elsewhere, moved) = (layout.path, folder.file("elsewhere"), folder.file("moved"))
        try Folder.create("\(elsewhere)/blobs/sha256")
        let source = ScriptedSource(content: bytes) {
            try runTool("mv", path, moved)
            try runTool("ln", "-s", elsewhere, path)
        }
        _ = try? await layout.put(BlobContent(blobDescriptor(bytes), in: source), mountingFrom: nil)
        #expect(try Folder.list("\(elsewhere)/blobs/sha256") == [] && Folder.list(elsewhere) == ["blobs"])
        #expect(try Folder.list("\(moved)/blobs/sha256") == [Digest(of: bytes).hex])
    }

    @Test func aBlobBehindALinkIsNotMadeYoung() async throws {
        try await layout.prepare()
        try runTool("touch", "-d", "@1000", victim)
        try runTool("ln", "-s", victim, layout.blobPath(Digest(of: precious)))
        let source = ScriptedSource(content: precious)
        let blob = BlobContent(blobDescriptor(precious), in: source)
        #expect(try await layout.put(blob, mountingFrom: nil) == .existed)
        #expect(try FileStatus(of: victim)?.modified ?? .now < FileTime.now.before(.seconds(1000)))
    }

    @Test func timesThatNobodyHasLivedAreTimes() async throws {
        for time in ["@9223372036854775807", "@-9223372036854775808", "@9300000000", "@99999999999"] {
            _ = try? runTool("touch", "-d", time, victim)
            #expect(try FileStatus(of: victim)?.size == 8)
        }
    }

    // MARK: index.json

    @Test func oneBadEntryHidesNoOther() async throws {
        let manifest = try sampleManifest()
        try await layout.put(manifest, as: .tag("v1"))
        let text = String(decoding: try File.read(layout.indexPath, limit: 1 << 20), as: UTF8.self)
        let bad = [#"{"size":1}"#, "7", "null", #"{"digest":"sha256:../../x","size":1}"#, #"{"digest":7}"#]
        for entry in bad {
            try File.replace(
                layout.indexPath,
                with: Array(text.replacing("\"manifests\": [", with: "\"manifests\": [\(entry),").utf8))
            #expect(try await layout.tags() == ["v1"])
            #expect(try await layout.manifest(.tag("v1")).digest == manifest.digest)
            let error = await #expect(throws: ImageError.self) { try await layout.manifest(.tag("v2")) }
            #expect(error?.advice?.contains("an entry of index.json cannot be read: manifests[0]") == true)
            try await layout.put(sampleManifest(2), as: .tag("v2"))
            #expect(try await layout.tags() == ["v1", "v2"])
            let kept = try LayoutIndex(parsing: File.read(layout.indexPath, limit: 1 << 20))
            #expect(kept.damaged.count == 1, "what is not understood is kept")
        }
    }
}

extension String {
    fileprivate var name: String { String(split(separator: "/").last ?? "") }
}
