import DockerfileLanguage
import OCI
import Testing

@Suite("A Dockerfile that cannot be used")
struct ErrorTests {
    @Test(
        "is told where it is wrong, and what was probably meant",
        arguments: [
            ("", "1:1: it has no instruction; begin it with FROM IMAGE"),
            ("# only a comment\n", "1:1: it has no instruction; begin it with FROM IMAGE"),
            ("ARG a\n", "1:1: it has no stage; begin it with FROM IMAGE"),
            ("FORM x", "1:1: there is no instruction FORM; did you mean FROM?"),
            ("FROM x\n  rnu a", "2:3: there is no instruction rnu; did you mean RUN?"),
            (
                "FROM x\nRUN a\n&& b",
                "3:1: there is no instruction &&; end the line above in the escape character if this continues it"
            ),
            ("FROM x\nFOOBAR a", "2:1: there is no instruction FOOBAR"),
            ("RUN x\nFROM y", "1:1: RUN stands before the first FROM; only ARG can; write FROM IMAGE above it"),
            ("FROM", "1:1: FROM has no argument; write it as FROM IMAGE or FROM IMAGE AS NAME"),
            ("FROM a b", "1:1: FROM has neither one argument nor three; write it as FROM IMAGE or FROM IMAGE AS NAME"),
            (
                "FROM a b c",
                "1:1: FROM has neither one argument nor three; write it as FROM IMAGE or FROM IMAGE AS NAME"
            ),
            (
                "FROM a AS 1b",
                "1:11: \"1b\" cannot be the name of a stage; use letters, digits, -, _ and ., with a letter first"
            ),
            ("FROM --platfrom=x y", "1:6: FROM has no flag --platfrom; did you mean --platform?"),
            ("FROM --from=x y", "1:6: FROM has no flag --from; --from is a flag of COPY; did you mean --platform?"),
            ("FROM --plat=x y", "1:6: FROM has no flag --plat; did you mean --platform?"),
            ("FROM --frobnicate=x y", "1:6: FROM has no flag --frobnicate; did you mean --platform?"),
            ("FROM --platform y", "1:6: the flag --platform has no value; write it as --platform=VALUE"),
            ("FROM --platform=a --platform=b y", "1:19: the flag --platform is given twice; keep one of them"),
            ("FROM x\nCOPY --frm=y a b", "2:6: COPY has no flag --frm; did you mean --from?"),
            (
                "FROM x\nCOPY --link=maybe a b",
                "2:13: \"maybe\" is neither true nor false; write --link or --link=false"
            ),
            ("FROM x\nCOPY a", "2:1: COPY has no destination; write it as COPY SOURCE… DESTINATION"),
            ("FROM x\nCOPY", "2:1: COPY has no argument; write COPY SOURCE… DESTINATION"),
            (
                "FROM x\nCOPY --from=$y a b",
                "2:13: --from cannot have variables or quotes; write FROM $y AS name at the top, and use --from=name"
            ),
            ("FROM x\nCOPY a <<E\nE", "2:8: the destination of COPY cannot be a heredoc"),
            (
                "FROM x\nCOPY a <<\"E b\nE",
                "2:8: a double quote is not closed; close it, or write it as \\\" for a literal quote"
            ),
            (
                "FROM x\nCOPY [\"a\", 1]",
                "2:6: the JSON array holds something that is not a string; put double quotes around every element"
            ),
            (
                "FROM x\nCMD [\"a\", null]",
                "2:5: the JSON array holds something that is not a string; put double quotes around every element"
            ),
            (
                "FROM x\nRUN <<E\na",
                "2:1: the heredoc \"E\" does not end; write E alone on a line below it, or quote << when no heredoc is meant"
            ),
            ("FROM x\nRUN", "2:1: RUN has no argument; write RUN COMMAND"),
            ("FROM x\nRUN []", "2:1: RUN has an empty command"),
            ("FROM x\nRUN --network=hots x", "2:15: \"hots\" cannot be the network of a step; did you mean host?"),
            (
                "FROM x\nRUN --security=all x",
                "2:16: \"all\" cannot be the security of a step; it is one of sandbox, insecure"
            ),
            ("FROM x\nENV a", "2:5: ENV has no value; write it as ENV NAME=VALUE"),
            (
                "FROM x\nENV a=b c",
                "2:9: \"c\" has no equals sign; write ENV NAME=VALUE, and quote a value that has spaces"
            ),
            ("FROM x\nLABEL =b", "2:7: the value has no name; write it as LABEL NAME=VALUE"),
            ("FROM x\nARG =b", "2:5: the variable has no name; write it as ARG NAME=VALUE"),
            (
                "FROM x\nSHELL a",
                "2:7: SHELL must be a JSON array; write it as SHELL [\"/bin/bash\", \"-c\"], with double quotes"
            ),
            ("FROM x\nVOLUME []", "2:1: a volume has an empty path"),
            ("FROM x\nMAINTAINER --boo me", "2:12: MAINTAINER has no flag --boo; it has none"),
            ("FROM x\nONBUILD FROM y", "2:9: FROM cannot stand below ONBUILD"),
            ("FROM x\nONBUILD ONBUILD RUN y", "2:9: ONBUILD cannot stand below ONBUILD"),
            ("FROM x\nONBUILD CPY a b", "2:9: there is no instruction CPY; did you mean COPY?"),
            (
                "FROM x\nHEALTHCHECK CDM x",
                "2:13: HEALTHCHECK has no \"CDM\"; write HEALTHCHECK CMD COMMAND or HEALTHCHECK NONE"
            ),
            (
                "FROM x\nHEALTHCHECK CMD",
                "2:1: HEALTHCHECK CMD has no command; write the command that checks the container"
            ),
            ("FROM x\nHEALTHCHECK NONE x", "2:18: HEALTHCHECK NONE has no arguments"),
            (
                "FROM x\nHEALTHCHECK --interval=5 CMD x",
                "2:24: \"5\" is not a duration; write it as in 30s, 1m30s or 500ms"
            ),
            ("FROM x\nHEALTHCHECK --timeout=50us CMD x", "2:23: \"50us\" is too short; use at least 1ms"),
            ("FROM x\nHEALTHCHECK --retries=-1 CMD x", "2:23: \"-1\" is not a number of retries"),
            ("# escape=x\nFROM x", "1:10: \"x\" cannot be the escape character; it is either \\ or `"),
            ("# escape=`\n# escape=`\nFROM x", "2:10: the directive \"escape\" is given twice; keep one of them"),
            (
                "# check=skp=x\nFROM x",
                "1:9: \"skp=x\" is not an option of checks; write it as in skip=RuleOne,RuleTwo;error=true"
            ),
            ("# check=error=perhaps\nFROM x", "1:9: \"perhaps\" is neither true nor false; write error=true"),
        ])
    func message(_ text: String, _ expected: String) {
        let error = #expect(throws: DockerfileError.self) { try parse(text) }
        #expect(error?.description == "Dockerfile:" + expected)
    }

    @Test("shows of a line that is long what is around its column")
    func longLine() {
        let (before, behind) = (String(repeating: "a ", count: 500_000), String(repeating: " b", count: 500_000))
        let text = "FROM x\nCOPY \(before)--cown=me\(behind) /\nRUN --cown=me\(behind)\n"
        let error = #expect(throws: DockerfileError.self) { try parse(text) }
        let lines = (error?.rendering ?? "").split(separator: "\n").map(String.init)
        #expect(lines.allSatisfy { $0.count < 1000 } && lines.count == 4)
        let (shown, carets) = (Array(lines[2]), Array(lines[3]))
        let underlined = carets.indices.filter { carets[$0] == "^" }.map { String(shown[$0]) }.joined()
        #expect(underlined == "--cown=me")
    }

    @Test("shows the lines")
    func rendering() {
        let text = "FROM x\nRUN a\n\tCOPY --link \\\n   --cown=me \\\n  a\n"
        let error = #expect(throws: DockerfileError.self) {
            try Dockerfile(parsing: text.utf8, name: "build/Dockerfile")
        }
        #expect(
            error?.rendering == """
                build/Dockerfile:4:4: COPY has no flag --cown; did you mean --chown?
                  3 | \tCOPY --link \\
                  4 |    --cown=me \\
                    |    ^^^^^^^^^
                """)
        #expect(error?.lineText == "   --cown=me \\")
        #expect(error?.imageError.code == .usage)
        #expect(
            error?.imageError.description
                == "cannot use build/Dockerfile:4:4: COPY has no flag --cown; did you mean --chown?")
        let whole = #expect(throws: DockerfileError.self) { try parse("FROM x\n\tCOPY \\\n   a") }
        #expect(
            whole?.rendering == """
                Dockerfile:2:2: COPY has no destination; write it as COPY SOURCE… DESTINATION
                  1 | FROM x
                  2 | \tCOPY \\
                    | \t^^^^^^
                  3 |    a
                    |    ^
                """)
    }

    @Test("is too large")
    func size() {
        let bytes = Array("FROM x\n".utf8) + Array(repeating: UInt8(ascii: "#"), count: Dockerfile.maximumSize)
        #expect(throws: DockerfileError.self) { try Dockerfile(parsing: bytes) }
    }
}

@Suite("What is noted in a Dockerfile")
struct NoteTests {
    @Test(
        "is what is probably not meant",
        arguments: [
            ("FROM x AS Build", "1:11 StageNameCasing"), ("FROM x as y", "1:8 FromAsCasing"),
            ("from x as y\nrun a", ""), ("FROM x\nRUN a \\\n\n b", "3:1 NoEmptyContinuation"),
            ("FROM x\nrun a", "2:1 ConsistentInstructionCasing"), ("FROM x\nRun a", "2:1 ConsistentInstructionCasing"),
            ("FROM x AS y\nFROM z AS y", "2:11 DuplicateStageName"), ("FROM x AS scratch", "1:11 ReservedStageName"),
            ("FROM x AS context", "1:11 ReservedStageName"), ("FROM x\nMAINTAINER y", "2:1 MaintainerDeprecated"),
            ("FROM x\nENV a b", "2:5 LegacyKeyValueFormat"), ("FROM x\nLABEL a b", "2:7 LegacyKeyValueFormat"),
            ("FROM x\nCMD ['a']", "2:5 MalformedExecForm"), ("FROM x\nCMD [ -f x ] && y", ""),
            ("# syntax=foo/bar\nFROM x", "1:10 SyntaxIgnored"),
            ("# syntax=docker/dockerfile:1\nFROM x", ""), ("# syntax=ghcr.io/docker/dockerfile\nFROM x", ""),
            ("# syntax=m:5000/p/docker/dockerfile-upstream:master-labs\nFROM x", ""),
            ("# syntax=docker/dockerfile@sha256:0\nFROM x", ""),
            ("# syntax=dockerfile:1\nFROM x", "1:10 SyntaxIgnored"),
            ("# syntax=me/dockerfile\nFROM x", "1:10 SyntaxIgnored"),
            ("# check=skip=SyntaxIgnored\n# syntax=x\nFROM x", ""),
            ("FROM x AS y\nFROM Y", "2:6 StageNameOfOtherCase"), ("FROM x\nENV a=b\nCMD [\"a\"]", ""),
        ])
    func notes(_ text: String, _ expected: String) throws {
        let notes = try parse(text).notes.map { "\($0.range.start) \($0.rule.rawValue)" }
        #expect(notes.joined(separator: ", ") == expected)
    }

    @Test("is shown with its line, and with its name for those who do not want to see it")
    func rendering() throws {
        #expect(
            try parse("FROM x AS Build").notes.first?.rendering == """
                Dockerfile:1:11: write the stage's name in lower case, build (StageNameCasing)
                  1 | FROM x AS Build
                    |           ^^^^^
                """)
    }

    @Test("names the stage that keeps a build in one piece")
    func alias() {
        let range = word("x").range
        let note = DockerfileNote.targetPlatformImage("q/xc:v1", stagePlatform: "$BUILDPLATFORM", at: range)
        #expect(note.message.hasSuffix("write FROM --platform=$BUILDPLATFORM q/xc:v1 AS xc above it and use --from=xc"))
    }
}
