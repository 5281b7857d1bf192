import Foundation
import TestKit
import Testing

@Suite("A layer that only gets copied", .enabled(if: Machine.canBuild))
struct LazyLayerTests {
    @Test("is packed from where its files are, and never becomes a folder")
    func folders() async throws {
        try await Builder.with { builder in
            let context = try await Self.context(
                builder, "FROM scratch", "COPY file /a/", "WORKDIR /a/b", "COPY file .", "ADD --chown=1 file /c")
            try await builder.build(["-t", "made"], context: context)
            #expect(try FileManager.default.contentsOfDirectory(atPath: builder.file("cache/layers")) == [])
            try await builder.succeeds("verify", "--deep", "-q", "store:made")
        }
    }

    @Test("leaves the layers of its base where they are", arguments: ["--link ", ""])
    func base(link: String) async throws {
        try await RegistryServer.with { registry in
            try await FaultProxy.with(registry) { proxy in
                try await Builder.with { builder in
                    let layout = try await BaseImages.layout()
                    try await builder.succeeds("copy", "oci:\(layout):busybox", "\(registry.host)/base:1")
                    let lines = ["FROM \(proxy.host)/base:1", "COPY \(link)file /usr/local/bin/"]
                    let context = try await Self.context(builder, lines)
                    if link.isEmpty {
                        // What is on the way to the destination is learned once; the layers need not stay for that.
                        try await builder.build([], context: context)
                        try await builder.succeeds("build", "prune", "--all", "--kind", "layers")
                        try await Tool("sh").output("-c", "echo other > \(context)/file")
                    }
                    let before = proxy.count("GET", "/base/blobs/")
                    try await builder.build(["-t", "\(proxy.host)/app:1", "--push"], context: context)
                    let count = proxy.count("GET", "/base/blobs/") - before
                    #expect(count <= (link.isEmpty ? 0 : 1), "a configuration at most")
                }
            }
        }
    }

    private static func context(_ builder: Builder, _ lines: String...) async throws -> String {
        try await context(builder, lines)
    }

    private static func context(_ builder: Builder, _ lines: [String]) async throws -> String {
        let context = builder.file("context")
        try FileManager.default.createDirectory(atPath: context, withIntermediateDirectories: true)
        try Data("file\n".utf8).write(to: URL(fileURLWithPath: "\(context)/file"))
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: "\(context)/Dockerfile"))
        return context
    }
}
