import OCI
import TestKit
import Testing

@Suite("A command that is interrupted")
struct InterruptionTests {
    private static let cut = 1_000_000

    /// Runs a pull through a registry that sends a part of the layer and then nothing more, and ends it by a signal.
    private func pullAndKill(
        _ signal: String, _ repo: String, into layout: String, through proxy: FaultProxy, blob: Digest,
        progress: String = "quiet"
    ) async throws -> Tool.Outcome {
        proxy.reset([
            Fault(.cutResponse(afterBytes: Self.cut), on: "GET", at: "\(blob)", times: 1),
            Fault(.stall, on: "GET", at: "\(blob)", skipping: 1),
        ])
        return try await TemporaryFolder.with { home in
            let script = #"echo $$ > "$HOME/new"; mv "$HOME/new" "$HOME/pid"; exec "$0" "$@""#
            let program = Tool.imgtool.program
            async let running = Tool("sh").run(
                ["-c", script, program, "pull", "--progress", progress, "\(proxy.repository(repo)):v1", layout],
                home: home)
            try await waitUntil { proxy.count("GET", "\(blob)") >= 2 }
            try await Tool("kill").output("-\(signal)", home.text("pid").filter(\.isNumber))
            return try await running
        }
    }

    @Test func `by one signal ends, also where it waits for what cannot be cancelled`() async throws {
        try await TemporaryFolder.with { folder in
            // Nobody will ever write to the pipe.
            let script = """
                cd "$1"; mkfifo pipe; printf 'FROM scratch\nCOPY pipe /\n' > Dockerfile
                "$0" build -q --secret id=x,src=pipe . & sleep 0.5; kill -TERM $!; wait $!
                """
            let outcome = try await Tool("bash").run(
                ["-c", script, Tool.imgtool.program, folder.path],
                environment: ["IMGTOOL_CACHE": folder.file("cache"), "IMGTOOL_STORE": folder.file("store")])
            #expect(outcome.status == 143)
        }
    }

    @Test(arguments: [("INT", 130), ("TERM", 143), ("HUP", 129), ("QUIT", 131)])
    func `by a signal cleans up, says so in one line, and can be run again`(signal: String, status: Int) async throws {
        let registry = try await RegistryServer.shared()
        let image = TestImage(layers: [TestLayer(opaque: bigBlob(3_000_000))])
        let blob = Digest(of: try #require(image.blobs.last))
        let repo = try registry.repository(["v1": image, "small": TestImage()])
        try await TemporaryFolder.with { folder in
            let layout = folder.file("layout")
            try await FaultProxy.with(registry) { proxy in
                try await succeeds("pull", "\(proxy.repository(repo)):small", layout)
                let outcome = try await pullAndKill(signal, repo, into: layout, through: proxy, blob: blob)
                expectFailure(outcome, status, naming: "interrupted")
                #expect(!folder.files().contains { $0.contains(blob.hex) })
                #expect(try await succeeds("tags", "oci:\(layout)") == "small")
                #expect(try await Tool.umoci.output("ls", "--layout", layout) == "small")
                proxy.reset()
                try await succeeds("pull", "\(proxy.repository(repo)):v1", layout)
                #expect(TestLayout(reading: "layout", in: folder).blob(blob) == image.blobs.last)
            }
        }
    }

    @Test(arguments: ["plain", "tty", "rawjson"])
    func `says of what was under way that it is canceled`(progress: String) async throws {
        let registry = try await RegistryServer.shared()
        let image = TestImage(layers: [TestLayer(opaque: bigBlob(3_000_000))])
        let blob = Digest(of: try #require(image.blobs.last))
        let repo = try registry.repository(["v1": image])
        try await TemporaryFolder.with { folder in
            try await FaultProxy.with(registry) { proxy in
                let outcome = try await pullAndKill(
                    "INT", repo, into: folder.file("layout"), through: proxy, blob: blob, progress: progress)
                #expect(outcome.status == 130)
                let words = ["plain": "layer: canceled\n", "rawjson": #""event":"canceled""#, "tty": ""]
                #expect(outcome.error.contains(words[progress] ?? ""), "\(outcome.error)")
                for word in ["Cancellation", "failed"] { #expect(!outcome.error.contains(word), "\(outcome.error)") }
                #expect(outcome.error.hasSuffix("running it again goes on from there\n"))
            }
        }
    }

    @Test func `by SIGKILL goes on where it was when it is run again`() async throws {
        let registry = try await RegistryServer.shared()
        let image = TestImage(layers: [TestLayer(opaque: bigBlob(3_000_000))])
        let blob = Digest(of: try #require(image.blobs.last))
        let repo = try registry.repository(["v1": image])
        try await TemporaryFolder.with { folder in
            let layout = folder.file("layout")
            try await FaultProxy.with(registry) { proxy in
                let outcome = try await pullAndKill("KILL", repo, into: layout, through: proxy, blob: blob)
                #expect(outcome.status == 137)
                proxy.reset()
                try await succeeds("pull", "\(proxy.repository(repo)):v1", layout)
                #expect(proxy.exchanges.contains { $0.header("Range") == "bytes=\(Self.cut)-" })
                #expect(TestLayout(reading: "layout", in: folder).blob(blob) == image.blobs.last)
                #expect(folder.names(in: "layout/blobs/sha256").count == 3)
            }
        }
    }

    @Test func `by a reader that has seen enough dies quietly`() async throws {
        let image = TestImage(layers: [TestLayer(opaque: bigBlob(3_000_000))])
        let repo = try await RegistryServer.shared().repository(["v1": image])
        let blob = Digest(of: try #require(image.blobs.last))
        let script = #"{ "$0" "$@"; echo $? >&2; } | head -c 1 | wc -c"#
        let outcome = try await Tool("sh").run(["-c", script, Tool.imgtool.program, "blob", "get", "\(repo)@\(blob)"])
        #expect(outcome.output.filter(\.isNumber) == "1")
        #expect(outcome.error == "141\n")
    }
}
