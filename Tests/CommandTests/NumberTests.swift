import JSON
import OCI
import TestKit
import Testing

/// Fields that nobody knows may hold numbers that no computer's types do (RFC 8259, section 6).
@Suite("Numbers of any size in fields that are not ours")
struct NumberTests {
    /// An index with such numbers, and an image with them in its manifest and its configuration.
    private struct Unusual: TestContent {
        static let numbers = #""x":12345678901234567890,"y":1E400,"z":[1.50,-0]"#
        let image: TestImage
        let manifest: [UInt8]
        let descriptor: Descriptor
        var blobs: [[UInt8]] { [] }
        var children: [any TestContent] { [image] }

        init() throws {
            let config = try JSONValue(parsing: "{\(Self.numbers)}".utf8)
            image = TestImage(config: try #require(config.object))
            let entry = String(image.descriptor.json.text(.compact).dropLast()) + ",\(Self.numbers)}"
            manifest = Array(
                #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)","manifests":[\#(entry)],\#(Self.numbers)}"#
                    .utf8)
            descriptor = Descriptor(
                mediaType: MediaType.ociIndex, digest: Digest(of: manifest), size: Int64(manifest.count))
        }
    }

    @Test func `are shown and copied as they are`() async throws {
        let index = try Unusual()
        let repo = try await RegistryServer.shared().repository(["v1": index])
        let raw = try await imgtool("inspect", "--raw", "\(repo):v1")
        #expect(raw.outputBytes == index.manifest)
        #expect(try await succeeds("copy", "\(repo):v1", "\(repo):v2").contains(index.digest.description))
        #expect(try await succeeds("digest", "\(repo):v2") == index.digest.description)
        let template = "{{json .Manifest.X}} {{.Manifest.X}} {{.Manifest.Y}} {{json .Image.Z}}"
        let text = try await succeeds("inspect", "--format", template, "\(repo):v1")
        #expect(text == "12345678901234567890 12345678901234567890 1E400 [\n  1.50,\n  -0\n]")
        #expect(try await succeeds("inspect", "--config", "\(repo):v1").contains("\"y\": 1E400"))
    }

    @Test func `stay when something else is changed`() async throws {
        let index = try Unusual()
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": index])
        let outcome = try await imgtool("annotate", "--annotation", "a=b", "\(repo):v1")
        #expect(outcome.status == 0, "\(outcome.error)")
        let raw = try await imgtool("inspect", "--raw", "\(repo):v1").output
        #expect(raw.occurrences(of: Unusual.numbers) == 2, "\(raw)")
        #expect(raw.contains(#""annotations":{"a":"b"}"#))
    }

    @Test func `are refused where a field of ours holds them`() async throws {
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": TestImage()])
            let index = try folder.text("layout/index.json")
            let size = TestImage().manifest.count
            try folder.write("layout/index.json", text: index.replacing(": \(size)", with: ": 12345678901234567890"))
            expectFailure(try await imgtool("inspect", "oci:\(layout.path):v1"), 1, naming: "size")
        }
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func occurrences(of part: String) -> Int { ranges(of: part).count }
}
