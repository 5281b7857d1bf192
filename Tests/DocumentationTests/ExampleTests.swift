import Glibc
import TestKit
import Testing

@Suite("The documents")
struct ExampleTests {
    private static let transcripts = Document.all.flatMap(\.transcripts)

    @Test("show what commands really print", arguments: transcripts.filter { !$0.builds })
    func transcript(_ transcript: Transcript) async throws {
        try await transcript.verify()
    }

    @Test(
        "show what builds really print", .enabled(if: geteuid() == 0, "builds need root"),
        arguments: transcripts.filter(\.builds))
    func build(_ transcript: Transcript) async throws {
        try await transcript.verify()
    }

    @Test func `have a tour`() {
        let readme = Document.all.first { $0.path == "README.md" }
        #expect(readme?.transcripts.contains { $0.steps.contains { $0.command.contains("imgtool create") } } == true)
    }

    @Test("fence their blocks with a language that is tested or is not a program", arguments: Document.all)
    func languages(of document: Document) {
        for block in document.blocks {
            #expect(
                ["console", "sh", "text", "json", "toml", "yaml"].contains(block.language),
                "\(document.path), line \(block.line)")
        }
    }

    @Test("give only commands that exist", arguments: Document.all)
    func shellBlocks(of document: Document) async throws {
        for block in document.blocks where block.language == "sh" {
            let script = block.lines.joined(separator: "\n")
            let place = "\(document.path), line \(block.line)"
            #expect(try await Tool("bash").run("-n", "-c", script).succeeded, "\(place)")
            for line in block.lines {
                let words = line.prefix { $0 != "#" && $0 != "|" }.split(separator: " ").map(String.init)
                switch words.first {
                case "make": try await checkMake(words.dropFirst(), place)
                case "imgtool": try await checkFlags(words, place)
                default: break
                }
            }
        }
    }

    private func checkMake(_ words: ArraySlice<String>, _ place: String) async throws {
        for target in words where !target.contains("=") {
            let makefile = try Project.text("Makefile")
            #expect(makefile.contains("\n## \(target)"), "\(place): make \(target)")
        }
    }

    private func checkFlags(_ words: [String], _ place: String) async throws {
        let path = words.dropFirst().prefix { !$0.hasPrefix("-") && CommandHelp.names.contains($0) }
        let help = try await CommandHelp.text(of: Array(path))
        for word in words where word.hasPrefix("--") {
            let flag = String(word.prefix { $0 != "=" })
            #expect(help.contains(flag), "\(place): \(words.joined(separator: " "))")
        }
    }
}

@Suite("A transcript")
struct TranscriptTests {
    @Test(
        "matches",
        arguments: [
            (["a"], ["a"], true), (["a"], ["b"], false), (["a", "b"], ["a"], false), ([], ["…"], true),
            (["a", "b", "c"], ["a", "…", "c"], true), (["a", "b", "c"], ["…", "d"], false), (["a"], [], false),
        ])
    func matching(lines: [String], expected: [String], result: Bool) {
        #expect(Transcript.matches(lines[...], expected[...]) == result)
    }

    @Test func `has commands of several lines, and knows sections`() {
        let text = "## A\n```console\n$ one \\\n  two\nout\n$ three\n```\n## B\n```console\n$ four\n```\n"
        let transcripts = Document(path: "x", text: text).transcripts
        #expect(transcripts.map { $0.steps.map(\.command) } == [["one \\\n  two", "three"], ["four"]])
        #expect(transcripts[0].steps.map(\.output) == [["out"], []])
    }
}
