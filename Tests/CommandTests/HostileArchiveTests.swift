import Glibc
import TestKit
import Testing

@Suite("A hostile archive or layout", .timeLimit(.minutes(2)))
struct HostileArchiveTests {
    /// Scripts that make `a.tar`, and what is said of it.
    private static let archives = [
        (#"m '[{"Config":"../../../etc/passwd","RepoTags":["a:1"],"Layers":[]}]'"#, "which is not in the archive"),
        (#"m '[{"Config":"/etc/passwd","RepoTags":["a:1"],"Layers":["/etc/shadow"]}]'"#, "which is not in the archive"),
        (#"ln -s /etc/passwd c; m '[{"Config":"c","RepoTags":["a:1"],"Layers":[]}]' c"#, "which is not in the archive"),
        (#"ln -s d c; ln -s c d; m '[{"Config":"c","RepoTags":["a:1"],"Layers":["d"]}]' c d"#, "not in the archive"),
        (#"echo '{}' > c; m '[{"Config":"c","RepoTags":["a:1"],"Layers":["c","c"]}]' c"#, "2 layers, but 0 diff ids"),
        ("m '[null,7]'", "which is not in the archive"), ("m '{}'", "no image has that name"),
        ("m \"$(printf '%0.s[' $(seq 100000))\"", "JSON"),
        ("mkfifo manifest.json; tar -cf a.tar manifest.json", "cannot"),
        ("head -c 100000000 /dev/zero | gzip > a.tar", "it is no tar archive"),
        ("head -c 100000000 /dev/zero | zstd -q > a.tar", "it is no tar archive"),
        ("ln -s /dev/zero a.tar", "no tar archive"),
        ("ln -s /dev/random a.tar", "it is no tar archive"), ("ln -s /proc/self/mem a.tar", "cannot read"),
        ("mkdir a.tar", "it is a folder"), ("ln -s a.tar a.tar", "symbolic link"), ("touch a.tar", "cannot read"),
    ]

    @Test("of Docker is refused with one line, soon", arguments: archives)
    func docker(_ script: String, _ reason: String) async throws {
        try await TemporaryFolder.with { folder in
            try await Tool("bash").output(
                "-euc",
                "cd $0; m() { printf '%s' \"$1\" > manifest.json; shift; tar -cf a.tar manifest.json \"$@\"; }; \(script)",
                folder.path)
            for words in [["inspect"], ["tags"], ["verify", "--deep"], ["copy"]] {
                let target = words == ["copy"] ? ["oci:\(folder.file("copy"))"] : []
                let outcome = try await Tool.imgtool.run(words + ["docker-archive:\(folder.file("a.tar"))"] + target)
                if words == ["tags"], outcome.status == 0 { continue }
                #expect([1, 3, 5].contains(outcome.status), "\(outcome.error)")
                #expect(outcome.error.contains(reason), "\(outcome.error)")
                #expect(outcome.error.hasPrefix("imgtool: ") && outcome.error.filter { $0 == "\n" }.count == 1)
            }
        }
    }

    @Test(
        "that is a layout names no file outside of it",
        arguments: [
            "sha256:../../../../../../etc/passwd", "sha256:%2e%2e", "sha256:", "md5:d41d8cd98f00b204e9800998ecf8427e",
            "../sha256:0", "sha256:\u{1B}[2J", "sha512:00", "sha256:" + String(repeating: "G", count: 64),
        ])
    func layout(_ digest: String) async throws {
        try await TemporaryFolder.with { folder in
            let manifest = """
                {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":\
                "application/vnd.oci.image.config.v1+json","digest":"\(digest == "sha256:\u{1B}[2J" ? "sha256:\\u001b[2J" : digest)",\
                "size":9},"layers":[]}
                """
            let layout = try TestLayout(in: folder, ["v1": TestImage()])
            try folder.write("manifest", text: manifest)
            let sum = String(try await Tool("sha256sum").output(folder.file("manifest")).prefix(64))
            try folder.write("layout/blobs/sha256/\(sum)", text: manifest)
            for words in [["inspect", "--config"], ["verify"], ["copy"], ["inspect", "--layers"]] {
                let target = words == ["copy"] ? ["oci:\(folder.file("copy"))"] : []
                let outcome = try await Tool.imgtool.run(words + ["oci:\(layout.path)@sha256:\(sum)"] + target)
                #expect(outcome.status != 0)
                #expect((outcome.output + outcome.error).contains("config.digest"), "\(outcome.error)")
                #expect(!(outcome.output + outcome.error).contains("root:") && !outcome.error.contains("\u{1B}"))
            }
        }
    }
}
