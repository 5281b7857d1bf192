import Concurrency
import FileSystem
import OCI
import TestKit
import Testing

@testable import ImageLayout

/// What other tools write is read, and what is written others read.
@Suite struct InteropTests {
    let folder: TemporaryFolder
    let ours: LayoutStore

    init() throws {
        folder = try TemporaryFolder()
        ours = LayoutStore(path: folder.file("ours"))
    }

    /// An image with one layer, made by umoci.
    func makeImage() throws -> LayoutStore {
        let path = folder.file("umoci")
        try runTool("umoci", "init", "--layout", path)
        try runTool("umoci", "new", "--image", "\(path):v1")
        try runTool("umoci", "config", "--image", "\(path):v1", "--config.label", "made=here")
        try File.replace(folder.file("file.txt"), with: Array("hello".utf8))
        try runTool("umoci", "insert", "--rootless", "--image", "\(path):v1", folder.file("file.txt"), "/file.txt")
        return LayoutStore(path: path)
    }

    func copy(_ tag: String, from source: LayoutStore) async throws -> ManifestContent {
        let manifest = try await source.manifest(.tag(tag))
        let view = try manifest.imageManifest()
        for blob in [view.config] + view.layers {
            _ = try await ours.put(BlobContent(blob, in: source), mountingFrom: source)
        }
        try await ours.put(manifest, as: .tag(tag))
        return manifest
    }

    @Test func umociWritesWhatIsReadAndReadsWhatIsWritten() async throws {
        let theirs = try makeImage()
        #expect(try await theirs.tags() == ["v1"])
        _ = try await copy("v1", from: theirs)
        try runTool("umoci", "stat", "--image", "\(ours.path):v1")
        try runTool("umoci", "unpack", "--rootless", "--image", "\(ours.path):v1", folder.file("bundle"))
        #expect(try File.read(folder.file("bundle/rootfs/file.txt"), limit: 99) == Array("hello".utf8))
    }

    @Test func skopeoReadsTheVeryBytes() async throws {
        let manifest = try await copy("v1", from: makeImage())
        #expect(try runTool("skopeo", "inspect", "--raw", "oci:\(ours.path):v1") == manifest.bytes)
        #expect(try runTool("skopeo", "inspect", "--raw", "oci:\(ours.path)") == manifest.bytes)
    }

    @Test func skopeoWritesWhatIsRead() async throws {
        let theirs = try makeImage()
        let copied = LayoutStore(path: folder.file("skopeo"))
        for name in ["v1", "registry.example:5000/team/app:v2", ""] {
            let destination = "oci:\(copied.path)\(name.isEmpty ? "" : ":\(name)")"
            try runTool("skopeo", "copy", "--insecure-policy", "oci:\(theirs.path):v1", destination)
        }
        let digest = try await copied.manifest(.tag("v1")).digest
        #expect(try await copied.resolve(.tag("v2")).digest == digest)
        #expect(try await copied.tags() == ["v1", "v2"])
    }

    @Test func skopeoAddsToWhatIsWritten() async throws {
        _ = try await copy("v1", from: makeImage())
        try runTool("skopeo", "copy", "--insecure-policy", "oci:\(ours.path):v1", "oci:\(ours.path):v2")
        try await ours.put(sampleManifest(), as: .tag("v3"))
        #expect(try await ours.tags() == ["v1", "v2", "v3"])
        #expect(try await ours.resolve(.tag("v1")) == ours.resolve(.tag("v2")))
    }

    @Test func aToolCollectsNoPartialBlobAndMindsNone() async throws {
        _ = try await copy("v1", from: makeImage())
        try File.replace(ours.partialPath(Digest(of: [1, 2])), with: [1])
        try runTool("umoci", "gc", "--layout", ours.path)
        #expect(
            try await ours.put(
                BlobContent(blobDescriptor([1, 2]), in: ScriptedSource(content: [1, 2])), mountingFrom: nil) == .written
        )
    }
}
