import DockerfileLanguage
import OCI
import Testing

@Suite("Whatever stands in a file")
struct FuzzTests {
    private static let pieces = [
        "FROM", "RUN", "COPY", "ADD", "ENV", "ARG", "ONBUILD", "CMD", "HEALTHCHECK", "EXPOSE", "LABEL", "VOLUME",
        "SHELL",
        "AS", " ", " ", " ", "\n", "\n", "\n", "\\\n", "\r\n", "\t", "#", "# escape=`\n", "`", "\\", "\"", "'", "<<E",
        "<<-E",
        "<<'E'", "E", "\nE\n", "[", "]", "[\"a\", \"b\"]", ",", "--", "--from=", "--mount=", "type=cache,", "target=/x",
        "$", "${",
        "}", ":-", "//", "/", "%", "*", "a=b", "=", "x", "é", "\u{FEFF}", "\u{A0}", "👽", "NONE", "80", "0",
    ]

    /// Reads a file and does everything that can be done with it.
    private func exercise(_ bytes: [UInt8]) throws {
        let file: Dockerfile
        do {
            file = try Dockerfile(parsing: bytes)
        } catch {
            check(error.range)
            _ = error.rendering
            return
        }
        let platform = Platform(os: "linux", architecture: "amd64")
        let given = BuildArguments(buildPlatform: platform, targetPlatform: platform)
        for note in file.notes { check(note.range) }
        guard let globals = try? GlobalScope(of: file, target: file.target(nil), given: given) else { return }
        for stage in file.stages {
            check(stage.from.range)
            _ = try? globals.base(of: stage.from)
            var scope = StageScope(image: [:], globals: globals)
            for instruction in stage.instructions {
                check(instruction.range)
                try? scope.apply(instruction)
                for heredoc in instruction.heredocs {
                    check(heredoc.range)
                    _ = try? heredoc.expanded(in: scope.environment)
                }
                for word in instruction.words {
                    check(word.range, inside: instruction.range)
                    _ = try? word.expanded(in: scope.environment)
                }
                if case .run(let run) = instruction.content { _ = run.script }
            }
        }
    }

    /// A range is in its file, and not from behind.
    private func check(_ range: SourceRange, inside outer: SourceRange? = nil) {
        let lines = range.source.lines
        let isInside = { (position: SourcePosition) in
            let length = lines.indices.contains(position.line - 1) ? lines[position.line - 1].unicodeScalars.count : 0
            return (1...max(1, lines.count)).contains(position.line) && (1...length + 1).contains(position.column)
        }
        if !isInside(range.start) || !isInside(range.end) || range.start > range.end {
            Issue.record("\(range.start) to \(range.end) is not in \(lines)")
        }
        if let outer, range.start < outer.start || range.end > outer.end {
            Issue.record("\(range.start) to \(range.end) is not in the instruction \(outer.start) to \(outer.end)")
        }
    }

    @Test("is read without harm, and known by places that are in it", arguments: 0..<8)
    func words(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<600 {
            let count = Int.random(in: 1...40, using: &random)
            let text = "FROM x\n" + (0..<count).map { _ in Self.pieces.randomElement(using: &random) ?? "" }.joined()
            try exercise(Array(text.utf8))
        }
    }

    @Test("may be any bytes", arguments: 0..<4)
    func bytes(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<500 {
            let count = Int.random(in: 0...200, using: &random)
            try exercise((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
    }

    @Test("may be a real file with a wrong letter", arguments: CorpusTests.names)
    func mutation(_ name: String) throws {
        let original = try CorpusTests.read(name)
        var random = SeededRandom(seed: 1)
        for _ in 0..<60 {
            var bytes = original
            let index = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes.remove(at: index)
            case 1: bytes[index] = UInt8.random(in: 0...255, using: &random)
            default: bytes.insert("\\\"'$<`{\n #[".utf8.randomElement(using: &random) ?? 0, at: index)
            }
            try exercise(bytes)
        }
    }
}
