import JSON
import OCI
import TestKit
import Testing

/// Descriptors that claim sizes which no sum can hold.
@Suite("Sizes of 2^63-1")
struct HugeSizeTests {
    /// A layout with an image whose layers are said to be as large as can be said.
    private func with(_ body: (TestLayout) async throws -> Void) async throws {
        func blob(_ number: Int, _ type: String) -> JSONValue {
            ["mediaType": .string(type), "digest": .string("\(Digest(of: [UInt8(number)]))"), "size": .integer(.max)]
        }
        let known = TestImage()
        let config: JSONValue = [
            "mediaType": .string(MediaType.ociConfig), "digest": .string("\(Digest(of: known.config))"),
            "size": .integer(Int64(known.config.count)),
        ]
        let layer = "application/vnd.oci.image.layer.v1.tar"
        let manifest = JSONDocument([
            "schemaVersion": 2, "mediaType": .string(MediaType.ociManifest), "config": config,
            "layers": .array((1...3).map { blob($0, layer) }),
        ])
        let digest = Digest(of: manifest.bytes)
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["other": known])
            try folder.write("layout/blobs/sha256/\(digest.hex)", manifest.bytes)
            let entries = [manifest.bytes.count, .max].enumerated().map { number, size -> JSONValue in
                [
                    "mediaType": .string(MediaType.ociManifest), "digest": .string("\(digest)"),
                    "size": .integer(Int64(size)),
                    "annotations": ["org.opencontainers.image.ref.name": .string("v\(number)")],
                ]
            }
            try folder.write(
                "layout/index.json", (["schemaVersion": 2, "manifests": .array(entries)] as JSONValue).bytes())
            for number in 1...3 { try folder.write("layout/blobs/sha256/\(Digest(of: [UInt8(number)]).hex)", [7]) }
            try await body(layout)
        }
    }

    @Test func `end no command otherwise than with a word about them`() async throws {
        try await with { layout async throws in
            let image = "oci:\(layout.path):v0"
            let layers = try await imgtool("inspect", "--layers", image)
            #expect(layers.status == 0 && layers.output.contains("3 layers, 9.22 EB"), "\(layers)")
            for command in [
                ["inspect", image], ["verify", image], ["verify", "--quick", image], ["verify", "--deep", image],
                ["inspect", "--json", image], ["diff", image, image],
                ["inspect", "--config", image], ["copy", image, "oci:\(layout.path)-copy:v0"],
                ["copy", image, "oci-archive:\(layout.path).tar"],
                ["copy", image, "docker-archive:\(layout.path).tar"],
                ["create", "-t", "oci:\(layout.path)-new:v0", image],
                ["platform", "linux/amd64"], ["referrers", image], ["tags", "oci:\(layout.path)"],
                ["inspect", "oci:\(layout.path):v1"], ["verify", "oci:\(layout.path):v1"],
                ["copy", "oci:\(layout.path):v1", "oci:\(layout.path)-copy:v1"],
            ] {
                let outcome = try await Tool.imgtool.run(command)
                #expect((0...5).contains(outcome.status), "\(command): \(outcome.status) \(outcome.error)")
            }
        }
    }

    @Test func `in a registry's head are not believed`() async throws {
        let registry = try await RegistryServer.shared()
        let path = registry.freshRepository()
        try registry.put(TestImage(), in: path, tag: "v1")
        for size in ["9223372036854775807", "-1"] {
            let fault = Fault(.rewriteHeader("Content-Length", size), on: "HEAD")
            try await FaultProxy.with(registry, [fault]) { proxy async throws in
                let image = "\(proxy.host)/\(path):v1"
                for command in [
                    ["digest", image], ["verify", image], ["verify", "--quick", image], ["inspect", image],
                ] {
                    let outcome = try await Tool.imgtool.run(command)
                    #expect((0...5).contains(outcome.status), "\(command): \(outcome.status) \(outcome.error)")
                }
            }
        }
    }
}
