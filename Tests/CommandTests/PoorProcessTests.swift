import OCI
import TestKit
import Testing

/// Processes that are started with less than they could expect.
@Suite("A process")
struct PoorProcessTests {
    private func shell(_ script: String, _ arguments: String...) async throws -> Tool.Outcome {
        try await Tool("sh").run(["-c", script, Tool.imgtool.program] + arguments)
    }

    @Test("with few files copies what has many", arguments: [64, 256])
    func files(limit: Int) async throws {
        let layers = (0..<4).map { TestLayer("file", "\($0)") }
        let images = (0..<30).map { TestImage(Platform(os: "linux", architecture: "a\($0)"), layers: layers) }
        let registry = try await RegistryServer.shared()
        let path = registry.freshRepository()
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": TestIndex(images)])
            let ways = [
                ("oci:\(layout.path):v1", "oci:\(folder.file("copy")):v1"),
                ("oci:\(layout.path):v1", "\(registry.host)/\(path):v1"),
                ("\(registry.host)/\(path):v1", "oci:\(folder.file("pulled")):v1"),
            ]
            for (source, target) in ways {
                let outcome = try await shell("ulimit -n \(limit); exec $0 copy $1 $2", source, target)
                #expect(outcome.status == 0, "\(outcome.error)")
                let check = try await shell("ulimit -n \(limit); exec $0 verify --deep $1", target)
                #expect(check.status == 0, "\(check.output)\(check.error)")
            }
        }
    }

    @Test func `that may have hardly any files says so`() async throws {
        let outcome = try await shell("ulimit -n 20; exec $0 tags oci:/nowhere")
        #expect(outcome.status == 1)
        #expect(outcome.error == "imgtool: there may be only 20 open files at once, and it takes 32; see ulimit -n\n")
    }

    @Test func `that may write no large files leaves no part of an export`() async throws {
        try await TemporaryFolder.with { folder in
            let layer = TestLayer(files: ["a": [UInt8](repeating: 1, count: 300_000)])
            let layout = try TestLayout(in: folder, ["v1": TestImage(layers: [layer])])
            for _ in 0..<5 {
                // The file itself fits, but not the archive of it.
                let outcome = try await shell(
                    "trap '' XFSZ; ulimit -f 588; exec $0 export $1 -o $2", "oci:\(layout.path):v1",
                    folder.file("out/x.tar"))
                #expect(outcome.status == 1, "\(outcome.error)")
                #expect(outcome.error.contains("out/"), "\(outcome.error)")
                #expect(folder.names(in: "out") == [])
            }
        }
    }

    @Test func `raises a limit that it may raise`() async throws {
        let outcome = try await shell("ulimit -S -n 20; exec $0 tags oci:/nowhere")
        #expect(outcome.status == 3, "\(outcome.error)")
    }

    @Test(
        "without standard streams writes into no file", arguments: [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
    func streams(closed: String) async throws {
        try await TemporaryFolder.with { folder in
            let image = TestImage()
            let layout = try TestLayout(in: folder, ["v1": image])
            let target = folder.file("copy")
            let outcome = try await shell(
                "exec $0 copy --progress plain $1 $2 \(closed)", "oci:\(layout.path):v1", "oci:\(target):v1")
            // Whoever does not want the result gets no success for it.
            #expect(outcome.status == (closed.hasPrefix(">") || closed.contains(" >") ? 1 : 0), "\(outcome.error)")
            let copy = TestLayout(reading: "copy", in: folder)
            #expect(try copy.digest(of: "v1") == image.digest)
            for blob in image.everything { #expect(copy.blob(Digest(of: blob)) == blob) }
            let marker = try folder.bytes("copy/oci-layout")
            #expect(String(decoding: marker, as: UTF8.self) == #"{"imageLayoutVersion":"1.0.0"}"#)
        }
    }
}
