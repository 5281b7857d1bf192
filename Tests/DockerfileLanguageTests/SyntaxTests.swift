import DockerfileLanguage
import Testing

/// Parses a file that is all right.
func parse(_ text: String) throws -> Dockerfile {
    try Dockerfile(parsing: text.utf8)
}

/// The instructions of the last stage.
func instructions(_ text: String) throws -> [Instruction] {
    try #require(try parse(text).stages.last).instructions
}

/// The one instruction of a file that has only FROM above it.
func instruction(_ text: String) throws -> Instruction {
    let all = try instructions("FROM scratch\n" + text)
    try #require(all.count == 1)
    return all[0]
}

@Suite("The lines of a Dockerfile")
struct SyntaxTests {
    @Test(
        "are joined where they end in the escape character",
        arguments: [
            ("RUN a \\\n  b", "a   b"), ("RUN a\\\nb", "ab"), ("RUN a \\  \t\n b", "a  b"),
            ("RUN a \\\r\n b\r\n", "a  b"),
            ("RUN a \\\n# comment\n  # another\n b", "a  b"), ("RUN a \\\n\n b", "a  b"), ("RUN a \\", "a"),
            ("RUN a\\\\\n# \\\n", "a\\\\"), ("RUN \\\n\\\n a", "a"), ("\\\n RUN a", "a"), ("\tRUN  a\t", "a"),
            ("RUN a # b", "a # b"), ("RUN a \\ b", "a \\ b"), ("RUN a \\\n b \\\n c", "a  b  c"), ("run\ta", "a"),
            ("RUN a ` \n# x", "a `"), ("# escape=`\nRUN a ` \nb", nil),
        ] as [(String, String?)])
    func joining(_ text: String, _ command: String?) throws {
        guard let command else { return }
        guard case .run(let run) = try instruction(text).content else {
            Issue.record("it is not a RUN")
            return
        }
        #expect(run.command == .shell(command))
    }

    @Test("are joined at backticks when the file says so")
    func backtick() throws {
        let file = try parse("# escape=`\n\nFROM x\nCOPY a `\n c:\\\nRUN dir\\\nRUN b\n")
        #expect(file.directives.escape == .backtick)
        #expect(file.stages[0].instructions.map(\.text) == ["COPY a  c:\\", "RUN dir\\", "RUN b"])
    }

    @Test(
        "begin with directives",
        arguments: [
            ("# syntax=docker/dockerfile:1\n# escape=`\n", "docker/dockerfile:1", "`"),
            ("#SYNTAX = x:1 with arguments\n", "x:1", "\\"), ("\u{FEFF}# syntax=x\n", "x", "\\"),
            ("\n# syntax=x\n", nil, "\\"), ("# comment\n# escape=`\n", nil, "\\"),
            ("# unknown=1\n# escape=`\n", nil, "\\"),
            ("#escape=\\\n", nil, "\\"), ("# escape = ` \n", nil, "`"), ("# syntax=\n# escape=`\n", nil, "\\"),
            ("#!/usr/bin/env x\n# syntax=y\n# escape=`\n", "y", "\\"), ("// syntax=z\n", "z", "\\"),
            ("  # escape=`\n", nil, "`"), ("# check=skip=all\n# syntax=x\n", "x", "\\"),
        ] as [(String, String?, String)])
    func directives(_ head: String, _ syntax: String?, _ escape: String) throws {
        let file = try parse(head + "FROM scratch\n")
        #expect(file.directives.syntax == syntax)
        #expect(file.directives.escape.rawValue == escape)
    }

    @Test("say which notes are not wanted")
    func checks() throws {
        let text = "FROM scratch AS A\nMAINTAINER me\n"
        #expect(try parse(text).notes.map(\.rule) == [.stageNameCasing, .maintainerDeprecated])
        #expect(try parse("# check=skip=StageNameCasing\n" + text).notes.map(\.rule) == [.maintainerDeprecated])
        let all = try parse("# check=skip=all;error=true\n" + text)
        #expect(all.notes.isEmpty)
        #expect(all.directives.check.notesAreErrors)
        #expect(
            try parse("# check=skip=StageNameCasin,JSONArgsRecommended\n" + text).notes.map(\.rule)
                == [.unknownCheckRule, .stageNameCasing, .maintainerDeprecated])
    }

    @Test("are commented")
    func comments() throws {
        let text = """
            # foo sets foo
            ARG foo=bar

            # base defines the first stage
            FROM busybox AS base
            # this is irrelevant
            ARG foo
            #
            # bar defines bar
            # baz is something else
            ARG bar baz=123
            """
        let file = try parse(text)
        #expect(file.globalArguments.map(\.comment) == ["sets foo"])
        #expect(file.stages[0].from.comment == "defines the first stage")
        let declared = file.stages[0].instructions.flatMap { instruction -> [ArgumentDeclaration] in
            guard case .arg(let declarations) = instruction.content else { return [] }
            return declarations
        }
        #expect(declared.map(\.name) == ["foo", "bar", "baz"])
        #expect(declared.map(\.comment) == [nil, "defines bar", "is something else"])
    }

    @Test("are known by their number and column")
    func positions() throws {
        let text = "FROM  a AS b\n\n  COPY --chown=u \\\n# c\n\t x  \"y\" \\\n z\nRUN <<E\nk\nE\nENV A=b  C=$d\n"
        let stage = try parse(text).stages[0]
        func show(_ range: SourceRange) -> String { "\(range.start)-\(range.end)" }
        #expect(show(stage.from.range) == "1:1-1:13")
        #expect(show(stage.from.base.range) == "1:7-1:8")
        #expect(stage.instructions.map(\.range).map(show) == ["3:3-6:3", "7:1-9:2", "10:1-10:14"])
        guard case .copy(let copy) = stage.instructions[0].content,
            case .env(let pairs) = stage.instructions[2].content, case .path(let second) = copy.sources[1]
        else {
            Issue.record("they are not what they are")
            return
        }
        #expect(copy.owner.map(\.range).map(show) == "3:16-3:17")
        #expect(show(second.range) == "5:6-5:9")
        #expect(show(copy.destination.range) == "6:2-6:3")
        #expect(show(pairs[1].key.range) == "10:10-10:11")
        #expect(show(pairs[1].value.range) == "10:12-10:14")
        #expect(show(stage.instructions[1].heredocs[0].range) == "8:1-8:2")
    }

    @Test("may be nothing that UTF-8 can be, which is noted")
    func invalid() throws {
        let file = try Dockerfile(parsing: Array("FROM x\nRUN a".utf8) + [0xFF, 0x0A])
        #expect(file.notes.map(\.rule) == [.invalidUTF8])
        #expect(file.notes[0].range.start == SourcePosition(line: 2, column: 6))
    }
}

@Suite("A heredoc")
struct HeredocTests {
    /// Instruction with body, its heredocs as `name:body`, marked with `'` when nothing in it is replaced and with `-`
    /// when tabs are not meant.
    @Test(
        "is announced by a word",
        arguments: [
            ("RUN ls", []), ("RUN <<EMPTY\nEMPTY", ["EMPTY:"]), ("RUN 3<<FD\nFD", ["FD:"]), ("RUN \"<<NO\"", []),
            ("RUN '<<NO'", []), ("RUN <<A\n\tfoo\n\tbar\nA", ["A:\tfoo\n\tbar\n"]),
            ("RUN <<-A\n\tfoo\nA", ["-A:foo\n"]),
            ("RUN <<-A\n\tfoo\n\t\tx\ty\n\tA", ["-A:foo\nx\ty\n"]), ("RUN <<-'A'\n\t$b\nA", ["-'A:$b\n"]),
            ("RUN <<A\n# kept\nx \\\nA", ["A:# kept\nx \\\n"]),
            ("RUN --mount=type=cache,target=/f <<A\nx\nA", ["A:x\n"]),
            ("COPY <<F1 <<F2 /dest\n1\nF1\n2\nF2", ["F1:1\n", "F2:2\n"]),
            ("COPY <<X <<Y /d\nY\nX\nX\nY", ["X:Y\n", "Y:X\n"]),
            ("RUN <<P python3\nprint('x')\nP", ["P:print('x')\n"]),
            ("COPY <<file.txt /d\nx\nfile.txt", ["file.txt:x\n"]),
            ("RUN <<eo'f'\nx\neof", ["'eof:x\n"]), ("RUN <<eo\\'f\nx\neo'f", ["eo'f:x\n"]),
            ("RUN <<'e'o\\'f\nx\neo'f", ["'eo'f:x\n"]), ("RUN <<'one two'\nx\none two", ["'one two:x\n"]),
            ("RUN <<$EOF\n$EOF", ["$EOF:"]), ("RUN <<  EOF\nEOF", ["EOF:"]), ("RUN <<  EOF  > foo\nEOF", ["EOF:"]),
            ("RUN << -E\n-E", ["-E:"]), ("RUN <<- E", []), ("RUN <<<E", []), ("RUN a <<E b\nx\nE", ["E:x\n"]),
            ("RUN [\"<<E\"]", []), ("COPY [\"<<E\", \"/x\"]", []), ("ADD <<E /x\r\na\r\nE\r\n", ["E:a\r\n"]),
            ("ONBUILD RUN <<E\na\nE", ["E:a\n"]), ("USER <<E", []), ("RUN echo don't <<E", []),
            ("RUN cat <<A;b\nx\nA;b", ["A;b:x\n"]),
        ] as [(String, [String])])
    func announced(_ text: String, _ expected: [String]) throws {
        let heredocs = try instruction(text).heredocs
        let shown = heredocs.map { heredoc in
            (heredoc.stripsTabs ? "-" : "") + (heredoc.expands ? "" : "'") + heredoc.name + ":" + heredoc.content
        }
        #expect(shown == expected)
    }

    @Test("has its variables replaced, and nothing else")
    func expansion() throws {
        let text = "COPY <<A <<'B' /x\n\"$v\" '$v' \\$v ${v:-'w'} don't\nA\n$v\nB\n"
        let heredocs = try instruction(text).heredocs
        #expect(try heredocs[0].expanded(in: ["v": "1"]).text == "\"1\" '1' $v 1 don't\n")
        #expect(try heredocs[1].expanded(in: ["v": "1"]).text == "$v\n")
        #expect(try heredocs[0].expanded(in: ["v": "1"]).used == ["v"])
    }

    @Test(
        "becomes what RUN executes",
        arguments: [
            ("RUN a b", .shell("a b")), ("RUN [\"a\", \"b\"]", .exec(["a", "b"])),
            ("RUN <<E\na\nb\nE", .shell("a\nb\n")), ("RUN <<-E\n\ta\n\tE", .shell("a\n")),
            ("RUN <<E\n#!/bin/x\na\nE", .file(name: "E", content: "#!/bin/x\na\n")),
            ("RUN <<E sh\na\nE", .shell("<<E sh\na\nE")),
            ("RUN cat <<A <<-B\n1\nA\n\t2\nB", .shell("cat <<A <<-B\n1\nA\n\t2\nB")),
        ] as [(String, RunInstruction.Script)])
    func script(_ text: String, _ expected: RunInstruction.Script) throws {
        guard case .run(let run) = try instruction(text).content else {
            Issue.record("it is not a RUN")
            return
        }
        #expect(run.script == expected)
    }
}
