import JSON
import OCI
import TestKit
import Testing

@Suite("platform")
struct PlatformCommandTests {
    @Test(
        "info prints what is asked for",
        arguments: [
            (["linux/arm64", "--field", "debian-arch"], "arm64\n"),
            (["aarch64", "--language", "c"], "aarch64-linux-gnu\n"),
            (["linux/arm/v5", "--language", "rust"], "armv5te-unknown-linux-gnueabi\n"),
            (["linux/386", "--language", "uname"], "i686\n"),
            (["linux/arm/v6", "--language", "go"], "GOOS=linux\nGOARCH=arm\nGOARM=6\n"),
            (["linux/s390x", "--field", "RUST-TARGET"], "s390x-unknown-linux-gnu\n"),
        ])
    func info(words: [String], output: String) async throws {
        let outcome = try await Tool.imgtool.run(["platform", "info"] + words)
        #expect(outcome.output == output)
        #expect(outcome.status == 0 && outcome.error == "")
    }

    @Test func `info gives shells what they can evaluate, and takes back what does not apply`() async throws {
        let script = """
            GOARM=stale; eval "$(\(Tool.imgtool.program) platform info --env linux/amd64/v3)"
            echo "$GOOS $GOARCH $GOAMD64 ${GOARM-unset} $TARGET_ALPINE_ARCH"
            """
        #expect(try await Tool("sh").output("-c", script) == "linux amd64 v3 unset x86_64")
    }

    @Test func `info refuses what it does not know, in one line`() async throws {
        try await refused(2, "platform", "info", "linux/z80", saying: ["z80"])
        try await refused(2, "platform", "info", "linux/arm", "--field", "color", saying: ["gnu-triple"])
        try await refused(2, "platform", "info", "linux/arm", "--language", "cobol", saying: ["cobol"])
        try await refused(3, "platform", "info", "windows/arm", "--language", "rust", saying: ["windows/arm"])
    }

    @Test func `ls begins with what this machine is`() async throws {
        let entries = try JSONValue(parsing: await printed("platform", "ls", "--json").utf8).array ?? []
        let native = entries.filter { $0["native"] == true }.compactMap { $0["platform"]?.string }
        #expect(native.contains(Platform.host.description))
        #expect(entries.first?["native"] == true)
        let lines = try await printed("platform", "ls").split(separator: "\n")
        #expect(lines.count == entries.count)
    }
}
