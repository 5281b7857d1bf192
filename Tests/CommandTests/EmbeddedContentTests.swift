import JSON
import OCI
import TestKit
import Testing

@Suite("Content that descriptors embed")
struct EmbeddedContentTests {
    /// An index whose only image, with its configuration, is nowhere but in descriptors.
    private static func content(damaged isDamaged: Bool = false) -> (index: RawContent, config: [UInt8], image: [UInt8])
    {
        let config = Array(#"{"architecture":"arm64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#.utf8)
        func descriptor(_ bytes: [UInt8], _ type: String) -> String {
            let data = Base64.encode(isDamaged ? bytes.reversed() : bytes)
            return
                #"{"mediaType":"\#(type)","digest":"\#(Digest(of: bytes))","size":\#(bytes.count),"data":"\#(data)"}"#
        }
        let image = Array(
            """
            {"schemaVersion":2,"mediaType":"\(MediaType.ociManifest)","config":\(descriptor(config, MediaType.ociConfig)),\
            "layers":[]}
            """.utf8)
        let index = """
            {"schemaVersion":2,"mediaType":"\(MediaType.ociIndex)","manifests":[\(descriptor(image, MediaType.ociManifest))]}
            """
        return (RawContent(index), config, image)
    }

    @Test func `is used where it is right, and written where a copy goes`() async throws {
        let content = Self.content()
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": content.index])
            try await printed("copy", "oci:\(layout.path):v1", "oci:\(folder.file("copy")):v1")
            let copy = TestLayout(reading: "copy", in: folder)
            for bytes in [content.config, content.image] { #expect(copy.blob(Digest(of: bytes)) == bytes) }
            let config = try await printed("inspect", "--config", "oci:\(layout.path):v1")
            #expect(config.contains("arm64"))
        }
    }

    @Test func `counts for nothing where it is not what the descriptor says`() async throws {
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": Self.content(damaged: true).index])
            try await refused(1, "copy", "oci:\(layout.path):v1", "oci:\(folder.file("copy")):v1")
        }
    }

    @Test func `is verified, with a warning where the content is nowhere else`() async throws {
        let content = Self.content()
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": content.index])
            let reference = "oci:\(layout.path):v1"
            for depth in [[], ["--quick"], ["--deep"]] {
                let outcome = try await Tool.imgtool.run(["verify"] + depth + [reference])
                #expect(outcome.status == 0, "\(outcome.output)\(outcome.error)")
                #expect(outcome.output.ranges(of: "nowhere but in its data").count == 2, "\(outcome.output)")
                #expect(try await Tool.imgtool.run(["verify", "--strict"] + depth + [reference]).status == 5)
            }
            // A copy has it where it belongs.
            let copy = "oci:\(folder.file("copy"))"
            try await printed("copy", reference, "\(copy):v1")
            #expect(!(try await printed("verify", "\(copy):v1")).contains("warning"))
            // Data that is something else is an error, although the content is there.
            let image = Descriptor(
                mediaType: MediaType.ociManifest, digest: Digest(of: content.image), size: Int64(content.image.count))
            var entry = image
            entry.data = Base64.encode(content.image.reversed())
            let wrong = Index(mediaType: MediaType.ociIndex, manifests: [entry]).json.bytes()
            let file = try folder.write("wrong.json", wrong)
            try await printed("manifest", "put", "\(copy):wrong", file)
            let outcome = try await Tool.imgtool.run(["verify", "\(copy):wrong"])
            #expect(outcome.status == 5)
            #expect(outcome.output.contains("its data is not the content"), "\(outcome.output)")
        }
    }

    @Test func `an OCI artifact manifest is copied with its blobs`() async throws {
        let blob = Array("content".utf8)
        let artifact = """
            {"mediaType":"\(MediaType.ociArtifact)","artifactType":"text/x","blobs":[{"mediaType":"text/plain",\
            "digest":"\(Digest(of: blob))","size":\(blob.count)}]}
            """
        try await TemporaryFolder.with { folder in
            let content = RawContent(artifact, mediaType: MediaType.ociArtifact, blobs: [blob])
            let layout = try TestLayout(in: folder, ["v1": content])
            try await printed("copy", "oci:\(layout.path):v1", "oci:\(folder.file("copy")):v1")
            let copy = TestLayout(reading: "copy", in: folder)
            #expect(copy.blob(Digest(of: blob)) == blob)
            #expect(copy.blob(content.digest) == content.manifest)
        }
    }

    @Test func `a layout of images without names lists them, and create makes one of a digest`() async throws {
        let (amd64, arm64) = (TestImage(), TestImage(Platform(os: "linux", architecture: "arm64")))
        try await TemporaryFolder.with { folder in
            let source = try TestLayout(in: folder, named: "source", ["a": amd64, "b": arm64])
            let target = "oci:\(folder.file("layout"))"
            for (tag, image) in [("a", amd64), ("b", arm64)] {
                let name = "\(target)@\(image.digest)"
                try await printed("create", "-t", name, "--no-prefer-index", "oci:\(source.path):\(tag)")
            }
            try await refused(3, "inspect", target, saying: ["\(amd64.digest)", "\(arm64.digest)"])
            try await refused(
                5, "create", "-t", "\(target)@\(amd64.digest)", "--no-prefer-index", "oci:\(source.path):b",
                saying: ["\(amd64.digest)", "\(arm64.digest)"])
            try await refused(
                2, "create", "--append", "-t", "\(target)@\(amd64.digest)", "oci:\(source.path):b")
        }
    }
}
