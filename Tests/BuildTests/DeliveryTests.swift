import Foundation
import JSON
import OCI
import TestKit
import Testing

@Suite("The result of a build", .enabled(if: Machine.canBuild))
struct DeliveryTests {
    private static let platforms = "linux/amd64,linux/arm64,linux/arm/v7"

    @Test func `is the same, byte for byte, whoever builds it, when its time is given`() async throws {
        var digests: Set<String> = []
        for _ in 1...2 {
            try await Builder.with { builder in
                let context = builder.file("context")
                try await Tool("cp").output("-R", Machine.testData("builds/greeting"), context)
                try await builder.build(
                    [
                        "--platform", Self.platforms, "-t", "app", "--iidfile", builder.file("digest"), "--build-arg",
                        "SOURCE_DATE_EPOCH=1600000000",
                    ], context: context)
                digests.insert(try await Tool("cat").output(builder.file("digest")))
            }
        }
        #expect(digests.count == 1)
    }

    @Test func `is described in a file, with the digest of each platform`() async throws {
        try await TemporaryFolder.with { folder in
            let builder = try Builder.shared()
            try await builder.build(
                ["--platform", Self.platforms, "-t", "described:1.0", "--metadata-file", folder.file("metadata.json")],
                context: Machine.testData("builds/greeting"))
            let metadata = try JSONValue(parsing: folder.bytes("metadata.json"))
            let digest = try await builder.succeeds("digest", "store:described:1.0")
            #expect(metadata["containerimage.digest"]?.string == digest)
            for platform in Self.platforms.split(separator: ",").map(String.init) {
                let digest = try await builder.succeeds("digest", "--platform", platform, "store:described:1.0")
                #expect(metadata.text().contains(digest), "\(platform)")
            }
        }
    }

    @Test func `is named in a file as it is found: without a tag when it was pushed by its digest alone`() async throws
    {
        let registry = try await RegistryServer.shared()
        let builder = try Builder.shared()
        try await TemporaryFolder.with { folder in
            try folder.write("Dockerfile", text: "FROM scratch\nCOPY Dockerfile /\n")
            for (fields, tag) in [(",push-by-digest=true", ""), ("", ":latest")] {
                let name = "\(registry.host)/\(registry.freshRepository())"
                let file = folder.file("metadata.json")
                try await builder.build(
                    ["-o", "type=image,name=\(name),push=true\(fields)", "--metadata-file", file],
                    context: folder.path)
                let metadata = try JSONValue(parsing: folder.bytes("metadata.json"))
                #expect(metadata["image.name"]?.string == name + tag)
                let digest = try Digest(metadata["containerimage.digest"]?.string ?? "")
                #expect(metadata["containerimage.descriptor"]?["digest"]?.string == "\(digest)")
                let repository = String(name.dropFirst(registry.host.count + 1))
                #expect(registry.has(manifest: digest, in: repository))
                #expect(registry.tags(of: repository) == (tag.isEmpty ? [] : ["latest"]))
            }
        }
    }

    @Test func `ends quietly when whoever reads its files has seen enough`() async throws {
        let builder = try Builder.shared()
        try await TemporaryFolder.with { folder in
            try folder.write("large", [UInt8](repeating: 7, count: 3_000_000))
            try folder.write("Dockerfile", text: "FROM scratch\nCOPY large /\n")
            let script = #"{ "$0" build -q -o - "$1"; echo $? >&2; } | head -c 1 | wc -c"#
            let outcome = try await Tool("sh").run(
                ["-c", script, Tool.imgtool.program, folder.path], environment: builder.environment)
            #expect(outcome.output.filter(\.isNumber) == "1")
            #expect(outcome.error == "141\n")
        }
    }

    @Test func `is shown while large layers are written and packed`() async throws {
        try await TemporaryFolder.with { folder in
            let bytes = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
            try folder.write("context/large", bytes)
            try folder.write(
                "context/Dockerfile", text: "FROM busybox\nMAINTAINER me\nCOPY large /\nRUN cp /large /other\n")
            try await Builder.with { builder in
                let log = try await builder.build(["-t", "large"], context: folder.file("context"))
                let lines = log.split(separator: "\n")
                #expect(lines.first?.hasPrefix("building linux/") == true)
                #expect(lines.count { $0.hasPrefix("warning: ") } == 1)
                let done = lines.filter { $0.contains(": done, 5 MB in ") }.map { $0.prefix { $0 != ":" } }
                #expect(done.first == "#2 writing files", "\(log)")
                #expect(Set(done.dropFirst()) == ["#2 packing", "#3 packing"], "\(log)")
                #expect(lines.last?.hasPrefix("total: ") == true)
                try await builder.build(["-o", folder.file("out")], context: folder.file("context"))
                #expect(try folder.bytes("out/other") == bytes)
            }
        }
    }

    @Test func `needs no layer of its base where both are in one registry`() async throws {
        try await RegistryServer.with { registry in
            try await TemporaryFolder.with { folder in
                let base = "\(registry.host)/base/busybox:1.0"
                let layout = try await BaseImages.layout()
                #expect(try await Tool.imgtool.run("copy", "-q", "oci:\(layout):busybox", base).succeeded)
                try folder.write("Dockerfile", text: "FROM \(base)\nCOPY --link Dockerfile /made/\n")
                let before = registry.requests.count
                _ = try await Builder.with { builder in
                    try await builder.build(
                        ["--platform", Self.platforms, "-t", "\(registry.host)/team/app:1.0", "--push"],
                        bases: [:], context: folder.path)
                }
                let layers = try Self.layers(of: folder.path, layout: layout)
                let fetched = registry.requests.dropFirst(before).filter { request in
                    request.hasPrefix("GET ") && layers.contains { request.contains($0) }
                }
                #expect(fetched == [])
                let verified = try await Tool.imgtool.run("verify", "\(registry.host)/team/app:1.0")
                #expect(verified.succeeded, "\(verified.error)")
            }
        }
    }

    @Test func `is nothing when a platform fails, and the rest where that is allowed`() async throws {
        try await TemporaryFolder.with { folder in
            let registry = try await RegistryServer.shared()
            let name = "\(registry.host)/\(registry.freshRepository()):1.0"
            let builder = try Builder.shared()
            let layout = try await BaseImages.layout()
            try folder.write(
                "Dockerfile",
                text: "FROM busybox\nARG TARGETARCH\nRUN echo made for $TARGETARCH; test $TARGETARCH != arm64\n")
            let arguments = [
                "build", "--platform", Self.platforms, "-t", name, "--push", "--build-context",
                "busybox=oci-layout://\(layout):busybox",
            ]
            let failed = try await builder.imgtool(arguments + ["."], in: folder.path)
            #expect(failed.status == 1)
            for part in ["linux/arm64", "made for arm64", "Dockerfile:3"] {
                #expect(failed.error.contains(part), "\(part) is not in: \(failed.error)")
            }
            #expect(try await Tool.imgtool.run("digest", name).status == 3)
            let partial = try await builder.imgtool(arguments + ["--allow-partial", "."], in: folder.path)
            #expect(partial.succeeded, "\(partial.error)")
            let names = "{{range .Manifest.Manifests}}{{.Platform.Architecture}} {{end}}"
            #expect(try await Tool.imgtool.run("inspect", "--format", names, name).output == "amd64 arm \n")
        }
    }

    @Test func `comes on standard output, of a Dockerfile on standard input`() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("file", text: "content\n")
            let outcome = try await Tool("env").run(
                ["-C", folder.path, Tool.imgtool.program, "build", "-q", "-f", "-", "-o", "type=tar,dest=-", "."],
                environment: try Builder.shared().environment, input: Array("FROM scratch\nCOPY file /here\n".utf8))
            #expect(outcome.succeeded, "\(outcome.error)")
            let listing = try await Tool("tar").run(["-xOf", "-", "here"], input: outcome.outputBytes)
            #expect(listing.output == "content\n", "\(listing.error)")
        }
    }

    /// The digests of all layers of busybox, in hexadecimal digits.
    private static func layers(of folder: String, layout: String) throws -> [String] {
        func json(_ digest: Digest) throws -> JSONValue {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(layout)/blobs/sha256/\(digest.hex)"))
            return try JSONValue(parsing: Array(bytes))
        }
        let index = try JSONValue(parsing: Array(Data(contentsOf: URL(fileURLWithPath: "\(layout)/index.json"))))
        var hexes: [String] = []
        for tag in try Index(json: index).manifests where tag.annotations[AnnotationKey.refName] == "busybox" {
            for manifest in try Index(json: json(tag.digest)).manifests {
                let layers = try json(manifest.digest)["layers"]?.array ?? []
                hexes += layers.compactMap { $0["digest"]?.string.map { String($0.dropFirst("sha256:".count)) } }
            }
        }
        return hexes
    }
}
