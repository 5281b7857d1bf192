import Foundation
import Snapshots
import TestKit
import Testing

@Suite("ADD of archives")
struct ArchiveCopyTests {
    private static let script = """
        mkdir -p in/d; printf x >in/d/x; ln in/d/x in/b; ln -s d in/l; chown 3:4 in/d/x; chmod 700 in/d
        tar cf in.tar -C in .; gzip -k in.tar; bzip2 -k in.tar; xz -k in.tar; zstd -q in.tar; cp in.tar.xz any-name
        printf text | gzip >text.gz; ln -s in.tar to-in; rm -r in
        """
    private static let content = [
        "f 0644 3:4 n/b x", "d 0700 0:0 n/d", "h n/d/x = n/b", "l 0:0 n/l -> d",
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        let line: String
        var base = ""
        var script = ArchiveCopyTests.script
        let gives: [String]
        var testDescription: String { line }
    }

    private static let cases: [Case] =
        ["in.tar", "in.tar.gz", "in.tar.bz2", "in.tar.xz", "in.tar.zst", "any-name", "to-in", "in.tar.b*"].map {
            Case(line: "ADD \($0) /n", gives: ["d 0755 0:0 n"] + content)
        } + [
            Case(line: "ADD in.tar /n", base: "mkdir n", gives: ["d 0755 0:0 n"] + content),
            Case(
                line: "ADD text.gz /n/", script: "head -c 300 /dev/urandom | gzip >text.gz; truncate -s 400 text.gz",
                gives: ["d 0755 0:0 n", "f 0644 0:0 n/text.gz 400 bytes"]),
            Case(
                line: "ADD --chown=8:9 in.tar /n",
                gives: [
                    "d 0755 8:9 n", "f 0644 8:9 n/b x", "d 0700 8:9 n/d", "h n/d/x = n/b", "l 8:9 n/l -> d",
                ]),
            Case(
                line: "ADD a.tar /", base: "mkdir -p usr/lib; ln -s usr/lib lib",
                script: "mkdir lib; printf 1 >lib/x; tar cf a.tar lib/x",
                gives: ["d 0755 0:0 usr", "d 0755 0:0 usr/lib", "f 0644 0:0 usr/lib/x 1"]),
            Case(
                line: "ADD a.tar /n/",
                script: "mkdir -p r; ln -s r l; tar cf a.tar r l; rm l; mkdir l; printf 1 >l/x; tar rf a.tar l/x",
                gives: ["d 0755 0:0 n", "l 0:0 n/l -> r", "d 0755 0:0 n/r", "f 0644 0:0 n/r/x 1"]),
            Case(
                line: "ADD a.tar /",
                script: "mkdir d; touch d/x; tar cf a.tar d; rm -r d; printf f >d; tar rf a.tar d",
                gives: ["f 0644 0:0 d f"]),
            Case(
                line: "ADD a.tar /",
                script: "printf 1 >f; tar cf a.tar f; printf 22 >f; tar rf a.tar f", gives: ["f 0644 0:0 f 22"]),
        ]

    @Test("An archive is unpacked by what is in it, whatever its name", arguments: cases)
    func unpacks(_ sample: Case) async throws {
        try await CopyScene.with(sample.script, base: sample.base) { scene in
            let lines = try scene.content(sample.line).listing
            #expect(lines == sample.gives)
        }
    }

    @Test("COPY, and ADD where it is told so, leave an archive as it is", arguments: ["COPY", "ADD --unpack=false"])
    func leaves(_ command: String) async throws {
        try await CopyScene.with(Self.script) { scene in
            let paths = try scene.content("\(command) in.tar /n/").entries.map { "\($0.path)" }
            #expect(paths == ["n", "n/in.tar"])
        }
    }

    @Test("A large file of an archive is kept in the scratch folder, holes and all")
    func large() async throws {
        let script = "truncate -s 3M f; printf end >>f; tar cSf a.tar f; rm f"
        try await CopyScene.with(script) { scene in
            let entries = try scene.content("ADD a.tar /").entries
            guard case .file(.file(let path, let size, _))? = entries.first?.kind else {
                Issue.record("\(entries)")
                return
            }
            #expect(size == 3 << 20 | 3)
            #expect(path.hasPrefix(scene.folder.file("scratch")))
            let data = try #require(FileManager.default.contents(atPath: path))
            #expect(data.count == 3 << 20 | 3 && data.suffix(4) == Data([0] + "end".utf8))
        }
    }

    @Test("What was fetched is private, is called as it was there, and is unpacked only when it is told so")
    func downloads() async throws {
        try await CopyScene.with(Self.script) { scene in
            let path = scene.folder.file("context") + "/in.tar.gz"
            var operation = CopyOperation(
                sources: [.download(path: path, name: "a.tgz", modified: 7)], destination: "/n/", extractsArchives: nil)
            let entries = try operation.content(onto: EmptyBase(), scratch: scene.folder.path).entries
            #expect(entries.map { "\($0.path) \($0.mode) \($0.modified)" } == ["n \(0o755) 0", "n/a.tgz \(0o600) 7"])
            operation.extractsArchives = true
            let lines = try operation.content(onto: EmptyBase(), scratch: scene.folder.path).listing
            #expect(lines == ["d 0755 0:0 n"] + Self.content)
        }
    }

    @Test("A file that stands in the Dockerfile is copied under its name")
    func inline() throws {
        let operation = CopyOperation(
            sources: [.file(name: "a", bytes: Array("1".utf8)), .file(name: "b", bytes: [])], destination: "/n/",
            mode: try ModeChange(parsing: "u+x"))
        let lines = try operation.content(onto: EmptyBase(), scratch: "").listing
        #expect(lines == ["d 0755 0:0 n", "f 0744 0:0 n/a 1", "f 0744 0:0 n/b "])
    }
}
