import BuildKit
import Concurrency
import FileSystem
import GRPC
import OCI
import TestKit
import Testing

@Suite("A Docker engine", .enabled(if: DockerEngine.isAvailable), .timeLimit(.minutes(5)))
struct EngineTests {
    @Test func `tells its version, platforms and cache`() async throws {
        try await EngineBuild.connected { client in
            #expect(try await client.version()?.package == "github.com/moby/buildkit")
            let workers = try await client.workers()
            #expect(workers.first?.platforms.first?.os == "linux")
            #expect(workers.first?.hasContainerdStore == true)
            _ = try await client.diskUsage()
            var filter = PruneRequest()
            filter.filters = ["id==nothing"]
            try await client.prune(filter) { Issue.record("\($0) was removed") }
        }
    }

    @Test func `builds, and sends an archive and files`() async throws {
        var build = try EngineBuild(
            EngineBuild.base + "COPY --chmod=640 a b/ /d/\nRUN [\"sh\", \"-c\", \"echo hello; ln -s a /d/l\"]\n")
        try build.folder.write("a", text: "first")
        try build.folder.write("b/c.txt", bytes(count: 300_000))
        try build.folder.write("b/ignored", text: "x")
        try build.folder.write(".dockerignore", text: "**/ignored\n")
        let archive = Guarded<[UInt8]>([])
        let out = try TemporaryFolder()
        build.request.exporters = [TypedAttributes("oci"), TypedAttributes("local")]
        build.services = [
            FileSendService([
                0: .archive { stream in
                    while let piece = try await stream.next() { archive.withLock { $0 += piece } }
                },
                1: .folder(try OpenFolder(out.path), leftOut: { _ in }),
            ])
        ]
        let values = try await build.run()
        #expect(values["containerimage.digest"]?.hasPrefix("sha256:") == true)
        #expect(archive.withLock { $0.count } > 300_000)
        #expect(out.files() == ["bin/sh", "d/a", "d/c.txt", "d/l"])
        #expect(try out.bytes("d/c.txt") == bytes(count: 300_000))
        #expect(build.log.contains("hello\n"))
        let steps = build.updates.withLock { $0.flatMap(\.vertexes) }
        #expect(steps.contains { $0.name.contains("COPY") && $0.completed != nil })
    }

    @Test func `says where a build has failed, and with what status`() async throws {
        var build = try EngineBuild(EngineBuild.base + "RUN [\"sh\", \"-c\", \"exit 7\"]\n")
        build.request.id = "test\(UInt64.random(in: 0...UInt64.max))"
        let error = await #expect(throws: BuildKitError.self) { try await build.run() }
        let id = build.request.id
        try await EngineBuild.connected { client in
            let record = try await client.history(of: id)?.first
            #expect(record?.error == error?.text)
            #expect(record?.frontend == "dockerfile.v0")
        }
        #expect(error?.exitCode == 7)
        #expect(error?.sources.map(\.lines) == [3...3])
        #expect(error?.vertex?.hasPrefix("sha256:") == true)
        #expect(error?.text.contains("did not complete successfully: exit code: 7") == true)
    }

    @Test func `describes the error in a Dockerfile of 200 KB`() async throws {
        let comments = String(repeating: "# \(String(repeating: "comment ", count: 12))\n", count: 2000)
        let build = try EngineBuild(comments + "FROM scratch\nNONSENSE\n")
        let error = await #expect(throws: BuildKitError.self) { try await build.run() }
        #expect(error?.sources.first?.lines == 2002...2002)
        #expect(error?.sources.first?.content.count == comments.utf8.count + 22)
    }

    @Test func `gets secrets and asks for no others`() async throws {
        let command = "read x < /run/secrets/s; echo got $x; test ! -e /run/secrets/t"
        var build = try EngineBuild(
            EngineBuild.base + #"RUN --mount=type=secret,id=s --mount=type=secret,id=t ["sh", "-c", "\#(command)"]"#)
        build.services = [SecretService { $0 == "s" ? Array("thing\n".utf8) : nil }]
        _ = try await build.run()
        #expect(build.log.contains("got thing"))
    }

    @Test func `ends what it runs when the task is cancelled`() async throws {
        let build = try EngineBuild(
            EngineBuild.base + "RUN [\"sh\", \"-c\", \"echo started; while true; do read x; sleep 1; done\"]\n")
        let task = Task { try await build.run() }
        while !build.log.contains("started") { try await Task.sleep(for: .milliseconds(20)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `sends again only what has changed`() async throws {
        let build = try EngineBuild("FROM scratch\nCOPY . /\n")
        for number in 0..<20 { try build.folder.write("f\(number)", bytes(count: 100_000)) }
        _ = try await build.run()
        let first = sent(by: build)
        try build.folder.write("f7", bytes(count: 100_001))
        _ = try await build.run()
        #expect(first > 2_000_000)
        #expect(sent(by: build) - first < 150_000 + 2 * 10_000)
    }

    private func sent(by build: EngineBuild) -> Int64 {
        let transfers = build.updates.withLock { $0.flatMap(\.statuses) }.filter { $0.name.hasPrefix("transferring") }
        return transfers.filter { $0.completed != nil }.reduce(0) { $0 + $1.current }
    }

    private func bytes(count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) } }
}
