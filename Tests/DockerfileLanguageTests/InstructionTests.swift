import DockerfileLanguage
import Testing
import Units

@Suite("An instruction")
struct InstructionTests {
    private func words(_ words: [Word]) -> [String] { words.map(\.text) }

    @Test(
        "that executes has a shell form and an exec form",
        arguments: [
            ("CMD a b", .shell("a b")), ("CMD [\"a\", \"b c\"]", .exec(["a", "b c"])), ("CMD []", .exec([])),
            ("CMD ['a', 'b']", .shell("['a', 'b']")), ("CMD [ -f x ] && y", .shell("[ -f x ] && y")),
            ("CMD  [ \"a\\n\\u00e9\" ] ", .exec(["a\né"])), ("CMD [\"a\",]", .shell("[\"a\",]")),
            ("CMD [\"a\"] b", .shell("[\"a\"] b")), ("CMD [\"a\", \\\n \"b\"]", .exec(["a", "b"])),
            ("CMD $a \"$b\"", .shell("$a \"$b\"")),
        ] as [(String, Command)])
    func commands(_ text: String, _ command: Command) throws {
        #expect(try instruction(text).content == .cmd(command))
        let entrypoint = text.replacing("CMD", with: "ENTRYPOINT")
        #expect(try instruction(entrypoint).content == .entrypoint(command))
    }

    @Test(
        "that sets names has them with equals signs or without",
        arguments: [
            ("ENV a=1", ["a", "1"]), ("ENV a=1 b=\"2 3\" c=d\\ e", ["a", "1", "b", "\"2 3\"", "c", "d\\ e"]),
            ("ENV a b c", ["a", "b c"]), ("ENV a  'b=c'", ["a", "'b=c'"]), ("ENV a b=c", ["a", "b=c"]),
            ("ENV a=", ["a", ""]), ("ENV a=b=c", ["a", "b=c"]), ("LABEL \"a b\"=c", ["\"a b\"", "c"]),
            ("LABEL a='x y' \\\n b=z", ["a", "'x y'", "b", "z"]),
            ("ENV a=\"x\\\"y\" b=c", ["a", "\"x\\\"y\"", "b", "c"]),
            ("LABEL x", nil), ("ENV a=b c", nil), ("ENV =b", nil), ("ENV", nil),
        ] as [(String, [String]?)])
    func pairs(_ text: String, _ expected: [String]?) throws {
        guard let expected else {
            #expect(throws: DockerfileError.self) { try instruction(text) }
            return
        }
        let parsed = try instruction(text)
        switch parsed.content {
        case .env(let pairs), .label(let pairs): #expect(pairs.flatMap { [$0.key.text, $0.value.text] } == expected)
        default: Issue.record("it is not an ENV")
        }
    }

    @Test("COPY has sources, a destination, and all its flags")
    func copy() throws {
        let text = """
            COPY --from=build --chown=$u:g --chmod=u+x --link --parents=true --exclude=*.md --exclude="a b" \\
              a "b" <<E /dest/
            x
            E
            """
        guard case .copy(let copy) = try instruction(text).content else {
            Issue.record("it is not a COPY")
            return
        }
        #expect(!copy.isAdd)
        #expect(copy.from?.name == "build")
        #expect(copy.owner?.text == "$u:g")
        #expect(copy.mode?.text == "u+x")
        #expect(copy.isLinked && copy.keepsParents)
        #expect(words(copy.excludes) == ["*.md", "a b"])
        #expect(copy.destination.text == "/dest/")
        guard copy.sources.count == 3, case .path(let first) = copy.sources[0], case .inline(let last) = copy.sources[2]
        else {
            Issue.record("the sources are others")
            return
        }
        #expect(first.text == "a")
        #expect(last.content == "x\n")
        #expect(words(try instruction(text).words) == ["$u:g", "u+x", "*.md", "a b", "a", "\"b\"", "/dest/"])
    }

    @Test("ADD has flags of its own, and a list form for paths with spaces")
    func add() throws {
        let text = "ADD --checksum=sha256:$sum --keep-git-dir=false --unpack [\"a b\", \"c\", \"/d\"]"
        guard case .copy(let add) = try instruction(text).content else {
            Issue.record("it is not an ADD")
            return
        }
        #expect(add.isAdd)
        #expect(add.checksum?.text == "sha256:$sum")
        #expect(add.keepsGitDirectory == false)
        #expect(add.unpack == true)
        #expect(!add.isLinked)
        #expect(words(try instruction(text).words) == ["sha256:$sum", "a b", "c", "/d"])
        guard case .copy(let plain) = try instruction("ADD a b").content else { return }
        #expect(plain.keepsGitDirectory == nil)
        #expect(plain.unpack == nil)
    }

    @Test("EXPOSE has ports, which are expanded and then split")
    func expose() throws {
        guard case .expose(let expose) = try instruction("EXPOSE 80 $p 53/UDP 8080:81 80/tcp 1000-1002").content else {
            Issue.record("it is not an EXPOSE")
            return
        }
        let ports = try expose.ports(in: ["p": "443/sctp 9"])
        #expect(
            ports == ["80/tcp", "443/sctp", "9/tcp", "53/udp", "81/tcp", "1000/tcp", "1001/tcp", "1002/tcp"])
        for wrong in ["x", "80/xyz", "70000", "5-3", "1-2-3", "-1", "1-2:3-5", "80:", "+80"] {
            guard case .expose(let expose) = try instruction("EXPOSE \(wrong)").content else { continue }
            #expect(throws: DockerfileError.self, "\(wrong)") { try expose.ports(in: [:]) }
        }
    }

    @Test(
        "HEALTHCHECK has options",
        arguments: [
            ("HEALTHCHECK NONE", ["NONE"], [0, 0, 0, 0, 0]),
            ("healthcheck cmd a b", ["CMD-SHELL", "a b"], [0, 0, 0, 0, 0]),
            (
                "HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=1.5h --start-interval=2s --retries=3 "
                    + "CMD [\"a\"]", ["CMD", "a"], [90_000_000_000, 500_000_000, 5_400_000_000_000, 2_000_000_000, 3]
            ), ("HEALTHCHECK --interval=0 CMD a", ["CMD-SHELL", "a"], [0, 0, 0, 0, 0]),
        ] as [(String, [String], [Int64])])
    func healthcheck(_ text: String, _ test: [String], _ values: [Int64]) throws {
        guard case .healthcheck(let check) = try instruction(text).content else {
            Issue.record("it is not a HEALTHCHECK")
            return
        }
        #expect(check.test == test)
        let durations = [check.interval, check.timeout, check.startPeriod, check.startInterval].map(\.nanoseconds)
        #expect(durations + [Int64(check.retries)] == values)
    }

    @Test("ONBUILD keeps another instruction, as it is written and understood")
    func onbuild() throws {
        let kept = try instruction("onbuild  COPY --from=x \\\n <<E /y\nz\nE\n")
        guard case .onbuild(let onbuild) = kept.content else {
            Issue.record("it is not an ONBUILD")
            return
        }
        #expect(onbuild.trigger == "COPY --from=x  <<E /y\nz\nE")
        #expect(onbuild.instruction.name == .copy)
        #expect(onbuild.instruction.heredocs.map(\.content) == ["z\n"])
        let again = try Instruction(trigger: onbuild.trigger, name: "ONBUILD of x")
        #expect(again.heredocs.map(\.content) == ["z\n"])
        #expect(again.name == .copy)
        for wrong in ["FROM x", "ONBUILD RUN x", "MAINTAINER x", "", "RUN a\nRUN b", "FOO x"] {
            #expect(throws: DockerfileError.self, "\(wrong)") { try Instruction(trigger: wrong, name: "x") }
        }
    }

    @Test("has words where variables are replaced, and only there")
    func expandedParts() throws {
        let expected: [(String, Set<String>)] = [
            ("ADD --chown=$A --chmod=$B --checksum=$C --exclude=$D $E $F", ["A", "B", "C", "D", "E", "F"]),
            ("ARG $A=$B", ["B"]), ("CMD $A", []), ("CMD [\"$A\"]", []), ("COPY $A $B", ["A", "B"]),
            ("ENTRYPOINT $A", []), ("ENV $A=$B", ["A", "B"]), ("ENV A $B", ["B"]), ("EXPOSE $A", ["A"]),
            ("HEALTHCHECK CMD $A", []), ("LABEL $A=$B", ["A", "B"]), ("MAINTAINER $A", []), ("ONBUILD RUN $A", []),
            ("RUN $A", []), ("RUN --mount=type=cache,target=$A,id=$B $C", ["A", "B"]), ("SHELL [\"$A\"]", []),
            ("STOPSIGNAL $A", ["A"]), ("USER $A", ["A"]), ("VOLUME $A", ["A"]), ("VOLUME [\"$A\"]", ["A"]),
            ("WORKDIR $A", ["A"]),
        ]
        for (text, names) in expected {
            let variables = try instruction(text).words.reduce(into: Set<String>()) { $0.formUnion($1.variables) }
            #expect(variables == names, "\(text)")
        }
    }

    @Test("names itself, whatever its case")
    func names() throws {
        for name in InstructionName.allCases where name != .from {
            let examples: [InstructionName: String] = [
                .add: "a b", .copy: "a b", .env: "a=b", .label: "a=b", .healthcheck: "NONE", .onbuild: "run x",
                .shell: "[\"x\"]",
            ]
            let parsed = try instruction("\(name.rawValue.lowercased()) \(examples[name] ?? "80")")
            #expect(parsed.name == name)
            #expect(parsed.keyword == name.rawValue.lowercased())
        }
    }

    @Test("STOPSIGNAL knows the signals of Linux")
    func signals() {
        for known in ["SIGTERM", "term", "9", "RTMIN", "SIGRTMIN+3", "RTMAX-14", "64"] {
            #expect(StopSignal.isKnown(known), "\(known)")
        }
        for unknown in ["", "SIGFOO", "0", "65", "-1", "RTMIN+16", "RTMIN+"] {
            #expect(!StopSignal.isKnown(unknown), "\(unknown)")
        }
    }
}
