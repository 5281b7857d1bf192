import OCI
import TestKit
import Testing

@Suite("Commands for scripts")
struct RawAccessTests {
    private let image = TestImage()

    @Test func `tags lists tags, sorted, of repositories and layouts`() async throws {
        let repo = try await RegistryServer.shared().repository(["v2": image, "v10": image, "a": image])
        #expect(try await succeeds("tags", repo) == "a\nv10\nv2")
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["b": image, "a": image])
            #expect(try await succeeds("tags", "oci:\(layout.path)") == "a\nb")
        }
    }

    @Test func `digest asks a registry once and fetches nothing`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": image])
        try await FaultProxy.with(registry) { proxy in
            let printed = try await succeeds("digest", "\(proxy.repository(repo)):v1")
            #expect(printed == "\(image.digest)")
            #expect(proxy.summary == ["HEAD manifests/v1"])
        }
    }

    @Test func `manifest put writes byte for byte, and manifest get gives it back`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": image])
        try await TemporaryFolder.with { folder in
            let index = TestIndex([image], annotations: ["k": "v"])
            let file = try folder.write("index.json", index.manifest)
            #expect(try await succeeds("manifest", "put", "\(repo):new", file) == "\(repo):new@\(index.digest)")
            #expect(try await imgtool("manifest", "get", "\(repo):new").outputBytes == index.manifest)
            let child = try await imgtool("manifest", "get", "--platform", "linux/amd64", "\(repo):new")
            #expect(child.outputBytes == image.manifest)
            let other = TestIndex([image])
            let second = try folder.write("second.json", other.manifest)
            let pinned = "\(repo)@\(other.digest)"
            #expect(try await succeeds("manifest", "put", pinned, second) == pinned)
            #expect(registry.tags(of: path(of: repo)) == ["new", "v1"])
            expectFailure(
                try await imgtool("manifest", "put", pinned, file), 5, naming: "\(index.digest)", "\(other.digest)")
        }
    }

    @Test func `manifest put refuses what is not a manifest, before it is sent`() async throws {
        let repo = try await RegistryServer.shared().repository()
        try await TemporaryFolder.with { folder in
            for (text, part) in [("nonsense", "JSON"), ("{}", "does not say what it is"), ("[]", "does not say")] {
                let file = try folder.write("file", text: text)
                expectFailure(try await imgtool("manifest", "put", "\(repo):v1", file), 1, naming: part, file)
            }
        }
    }

    @Test func `delete says when a registry cannot remove a tag alone, and removes nothing`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": image, "v2": image])
        expectFailure(
            try await imgtool("delete", "\(repo):v1"), 1, naming: "\(repo):v1", "cannot remove a tag alone",
            "nothing was removed", "--manifest")
        #expect(registry.tags(of: path(of: repo)) == ["v1", "v2"])
        expectFailure(try await imgtool("delete", "\(repo):v3"), 3, naming: "\(repo):v3")
        expectFailure(try await imgtool("delete", "\(repo)@\(image.digest)"), 2, naming: "--manifest")
        try await succeeds("delete", "--manifest", "\(repo):v1")
        expectFailure(try await imgtool("digest", "\(repo):v2"), 3, naming: "\(repo):v2")
        expectFailure(
            try await imgtool("delete", "--manifest", "\(repo)@\(image.digest)"), 3, naming: "\(image.digest)")
    }

    @Test func `delete removes the tag alone from a layout, and with --manifest every name`() async throws {
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": image, "v2": image])
            try await succeeds("delete", "oci:\(layout.path):v1")
            #expect(try await succeeds("tags", "oci:\(layout.path)") == "v2")
            #expect(layout.blob(image.digest) == image.manifest)
            expectFailure(try await imgtool("delete", "oci:\(layout.path):v1"), 3, naming: "v1")
            try await succeeds("delete", "--manifest", "oci:\(layout.path):v2")
            #expect(try await succeeds("tags", "oci:\(layout.path)") == "")
            #expect(layout.blob(image.digest) == nil)
        }
    }
}
