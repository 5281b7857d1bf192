import BuildKit
import Concurrency
import FileSystem
import Foundation
import GRPC
import OCI
import TestKit
import Testing

/// What only a real daemon shows: how it uses the stores and the credentials of a session.
@Suite("A Docker engine in a session", .enabled(if: DockerEngine.isAvailable), .timeLimit(.minutes(5)))
struct EngineContentTests {
    /// Blobs in memory.
    private final class Memory: SessionContent {
        let blobs = Guarded<[Digest: [UInt8]]>([:])

        func size(of digest: Digest) async throws -> Int64? { blobs.withLock { $0[digest].map { Int64($0.count) } } }

        func open(_ digest: Digest, from offset: Int64) async throws -> any ByteStream {
            BytesStream(Array(blobs.withLock { $0[digest] ?? [] }.dropFirst(Int(offset))))
        }

        func store(_ digest: Digest, size: Int64?, _ stream: any ByteStream) async throws {
            var bytes: [UInt8] = []
            while let piece = try await stream.next() { bytes += piece }
            blobs.withLock { $0[digest] = bytes }
        }
    }

    @Test func `writes an image blob by blob, and reads it as a context`() async throws {
        let memory = Memory()
        var build = try EngineBuild("FROM scratch\nCOPY a /a\nLABEL unique=\(UUID())\n")
        try build.folder.write("a", text: "\(UUID())")
        build.request.exporters = [TypedAttributes("oci", ["tar": "false"])]
        build.services = [ContentService(["export": memory])]
        let digest = try await build.run()["containerimage.digest"] ?? ""
        let blobs = memory.blobs.withLock { $0 }
        #expect(blobs[try Digest(digest)] != nil)
        #expect(blobs.count >= 3)

        var next = try EngineBuild("FROM image\nCOPY b /b\n")
        try next.folder.write("b", text: "b")
        next.request.attributes["context:image"] = "oci-layout://here@\(digest)"
        let out = try TemporaryFolder()
        next.request.exporters = [TypedAttributes("local")]
        next.services = [
            ContentService(["oci:here": memory]),
            FileSendService([0: .folder(try OpenFolder(out.path), leftOut: { _ in })]),
        ]
        _ = try await next.run()
        #expect(out.files() == ["a", "b"])
        #expect(try out.text("a") == build.folder.text("a"))
    }

    @Test func `keeps a cache in a store`() async throws {
        let memory = Memory()
        var build = try EngineBuild(EngineBuild.base + "RUN [\"sh\", \"-c\", \"echo \(UUID()) > /x\"]\n")
        build.request.cacheExports = [TypedAttributes("local", ["dest": "my-cache", "mode": "max"])]
        build.services = [ContentService(["local:my-cache": memory])]
        let manifest = try await build.run()["cache.manifest"]
        #expect(manifest?.contains("sha256:") == true)
        #expect(memory.blobs.withLock { $0.count } > 2)
    }

    @Test func `gets tokens for a registry, and no password`() async throws {
        let rights = [TokenServer.Right("user", "*", "pull", "push")]
        try await TokenServer.with(users: ["user": "password"], rights: rights) { tokens in
            try await RegistryServer.with(.token(tokens)) { registry in
                let image = TestImage(layers: [TestLayer("file", "content")])
                try registry.put(image, in: "private/app", tag: "1")
                let asked = Guarded<[TokenRequest]>([])
                let fetch: @Sendable (TokenRequest) async throws -> RegistryToken = { request in
                    asked.withLock { $0.append(request) }
                    let scopes = request.scopes.flatMap { ["--data-urlencode", "scope=\($0)"] }
                    let answer = try await Tool.curl.output(
                        arguments: [
                            "-sfG", "-u", "user:password", request.realm, "--data-urlencode",
                            "service=\(request.service)",
                        ] + scopes)
                    let fields = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
                    return RegistryToken(text: fields?["token"] as? String ?? "", lifetime: 300, issued: 0)
                }
                var build = try EngineBuild("FROM \(registry.host)/private/app:1\nCOPY Dockerfile /\n")
                let out = try TemporaryFolder()
                build.request.exporters = [TypedAttributes("local")]
                build.services = [
                    FileSendService([0: .folder(try OpenFolder(out.path), leftOut: { _ in })]),
                    CredentialService(
                        tokens: .init(secret: { _ in Array("0123456789abcdef".utf8) }, fetch: fetch),
                        login: { _ in
                            Issue.record("the password was asked for")
                            return nil
                        }),
                ]
                _ = try await build.run()
                #expect(out.files() == ["Dockerfile", "file"])
                #expect(asked.withLock { $0.first?.host } == registry.host)
                #expect(asked.withLock { $0.first?.scopes } == ["repository:private/app:pull"])
            }
        }
    }
}
