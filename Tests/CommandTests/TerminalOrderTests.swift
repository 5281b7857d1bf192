import JSON
import OCI
import TestKit
import Testing

/// Images whose every text gives orders to the terminal of whoever looks at them.
@Suite("What strangers have written")
struct TerminalOrderTests {
    /// Clears the screen and sets the title, in three ways, and claims a line and a colour.
    private static let evil = "x\u{1B}[2J\u{1B}]0;t\u{7}\u{9B}31m\r\nerror: forged\u{202E}\u{7F}\u{85}y"

    private static func index() -> TestIndex {
        let platform = Platform(os: "linux\(evil)", architecture: "amd64\(evil)")
        let image = TestImage(platform, annotations: [evil: evil], entryAnnotations: ["k\(evil)": evil])
        return TestIndex([image, TestImage.artifact("text/\(evil)", "x")], annotations: ["top\(evil)": evil])
    }

    /// Whether something that a terminal would obey is in what it gets, apart from ends of lines.
    private func orders(in output: [UInt8]) -> [Unicode.Scalar] {
        String(decoding: output, as: UTF8.self).unicodeScalars.filter {
            $0 != "\n" && $0 != "\r"
                && ($0.value < 0x20 || (0x7F..<0xA0).contains($0.value) || (0x202A...0x202E).contains($0.value))
        }
    }

    private func check(_ outcome: Tool.Outcome, _ command: [String]) {
        #expect(orders(in: outcome.outputBytes) == [], "\(command): \(outcome.output.debugDescription)")
        #expect(orders(in: outcome.errorBytes) == [], "\(command): \(outcome.error.debugDescription)")
        for line in (outcome.output + "\n" + outcome.error).split(separator: "\n") {
            #expect(!line.hasPrefix("error: forged"), "\(command)")
        }
    }

    @Test func `gives no orders, whatever shows it`() async throws {
        let plain = TestImage()
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": Self.index(), "plain": plain, "tag\(Self.evil)": plain])
            let image = "oci:\(layout.path):v1"
            for command in [
                ["inspect", image], ["inspect", "--json", image], ["inspect", "--config", image],
                ["inspect", "--layers", image], ["inspect", "--platform", "linux/arm64", image],
                ["verify", image], ["verify", "--deep", image], ["verify", "--format", "json", image],
                ["tags", "oci:\(layout.path)"], ["inspect", "oci:\(layout.path):nothing"],
                ["referrers", image], ["referrers", "--format", "json", image],
                ["diff", image, "oci:\(layout.path):plain"],
                ["diff", "--format", "json", image, "oci:\(layout.path):plain"],
                ["remove", "--dry-run", "--platform", "linux/arm64", image],
                ["copy", "--progress", "plain", image, "oci:\(layout.path)-copy:v1"],
                ["copy", "--progress", "rawjson", image, "oci:\(layout.path)-other:v1"],
                ["inspect", "oci:\(layout.path)\(Self.evil):v1"], ["inspect", Self.evil], ["\(Self.evil)"],
                ["inspect", "--nothing\(Self.evil)", image],
                ["copy", image, "oci:/dev/null/\(Self.evil):v1"],
            ] {
                check(try await Tool.imgtool.run(command), command)
            }
        }
    }

    @Test func `gives a terminal no orders in dry runs and templates`() async throws {
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": Self.index()])
            try folder.write("template", text: Self.evil)
            let image = "oci:\(layout.path):v1"
            for arguments in [
                "create --dry-run -t oci:\(layout.path):new \(image)",
                "create --dry-run --annotation 'index:a=b' -t oci:\(layout.path):new \(image) oci:\(layout.path):v1",
                "annotate --dry-run --annotation index:a=b \(image)", "inspect \(image)", "tags oci:\(layout.path)",
                "remove --dry-run --platform linux/amd64 \(image)", "verify \(image)",
                "inspect --format \"$(cat \(folder.file("template")))\" \(image)",
                "inspect --format '{{range .Manifest.manifests}}{{.platform.os}}{{end}}' \(image)",
            ] {
                let command = "\(Tool.imgtool.program) \(arguments)"
                check(try await Tool("script").run("-qec", command, "/dev/null"), [command])
            }
        }
    }

    @Test func `gives no orders in the local store`() async throws {
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": Self.index()])
            let environment = ["IMGTOOL_STORE": layout.path]
            let bytes = try folder.bytes("layout/index.json")
            let text = String(decoding: bytes, as: UTF8.self).replacing("\"v1\"", with: "\"a\\u001b[2J\\r\\nb\"")
            try folder.write("layout/index.json", Array(text.utf8))
            try folder.write("layout/\u{1B}[2J\nerror: forged", [])
            for command in [
                ["store", "ls"], ["store", "ls", "--format", "json"], ["store", "du"], ["store", "check"],
                ["store", "gc", "--dry-run"], ["store", "rm", Self.evil],
            ] {
                check(try await Tool.imgtool.run(command, environment: environment), command)
            }
        }
    }

    @Test func `gives no orders in answers of registries`() async throws {
        let text = JSONValue.string(Self.evil).text(.compact)
        let evil = String(Self.evil.unicodeScalars.filter { $0.value >= 0x80 || $0 == "x" })
        let faults: [Fault.Action] = [
            .status(403, body: #"{"errors":[{"code":\#(text),"message":\#(text),"detail":\#(text)}]}"#),
            .status(500, body: Self.evil), .status(400, body: #"{"message":\#(text)}"#),
            .status(401, headers: ["WWW-Authenticate": "Bearer realm=\"http://127.0.0.1:1/\(evil)?\""]),
            .status(200, headers: ["Content-Type": "text/\(evil)", "Warning": "299 - \"\(evil)\""], body: text),
            .status(200, headers: ["Content-Type": "application/json"], body: #"{"tags":[\#(text),"v1"]}"#),
            .status(307, headers: ["Location": "http://127.0.0.1:1/\(evil)"]),
        ]
        for fault in faults {
            try await FaultProxy.with(port: 1, [Fault(fault)]) { proxy async throws in
                for command in [
                    ["inspect", "\(proxy.host)/app:v1"], ["tags", "\(proxy.host)/app"],
                    ["inspect", "--debug", "\(proxy.host)/app:v1"], ["referrers", "\(proxy.host)/app:v1"],
                ] {
                    check(try await Tool.imgtool.run(command + ["--attempts", "1"]), command)
                }
            }
        }
    }

    @Test func `is kept byte for byte where it is copied`() async throws {
        let index = Self.index()
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": index])
            let raw = try await imgtool("inspect", "--raw", "oci:\(layout.path):v1")
            #expect(raw.outputBytes == index.manifest)
        }
    }

    @Test func `gives a terminal no orders in exact bytes and templates`() async throws {
        let manifest =
            #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)","manifests":[],"annotations":{"a":"\#u{9B}2J\#u{7F}"}}"#
        try await TemporaryFolder.with { folder in
            let digest = Digest(of: Array(manifest.utf8))
            let layout = try TestLayout(in: folder, ["other": TestImage()])
            try folder.write("layout/blobs/sha256/\(digest.hex)", Array(manifest.utf8))
            for arguments in ["--raw", "--format '{{.Manifest.annotations.a}}'"] {
                let program = Tool.imgtool.program
                let command = "\(program) inspect \(arguments) oci:\(layout.path)@\(digest)"
                let outcome = try await Tool("script").run("-qec", command, "/dev/null")
                check(outcome, [command])
                #expect(outcome.status == 0 && outcome.output.contains("9b2J"), "\(outcome.output)")
            }
        }
    }
}
