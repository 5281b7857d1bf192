internal import Spelling

/// Parses one statement.
struct InstructionParser {
    let statement: Statement
    let head: StatementHead
    let name: InstructionName
    let flags: FlagSet
    let escape: EscapeCharacter

    /// - Throws: ``DockerfileError`` for an unknown instruction or flag.
    init(_ statement: Statement, head: StatementHead, escape: EscapeCharacter) throws(DockerfileError) {
        guard let name = head.name else {
            let word = head.keyword.text
            throw head.keyword.range.error("there is no instruction \(word)", advice: Self.advice(word))
        }
        self.statement = statement
        self.head = head
        self.name = name
        self.escape = escape
        flags = try FlagSet(head, of: name, escape: escape)
    }

    private static func advice(_ word: String) -> String? {
        if let near = NearestName.of(word, in: InstructionName.allCases.map(\.rawValue)) {
            return "did you mean \(near)?"
        }
        // Probably meant as a continuation of the instruction above.
        return word.hasPrefix("&&") || word.hasPrefix("-") || word.hasPrefix("|")
            ? "end the line above in the escape character if this continues it" : nil
    }

    var arguments: LocatedText { head.arguments }

    /// The range for errors about the whole instruction.
    var range: SourceRange { head.keyword.range.through(arguments.range) }

    func word(_ text: LocatedText) -> Word { Word(text, escape: escape) }

    /// Parses any instruction but FROM.
    func instruction() throws(DockerfileError) -> Instruction {
        try requireArguments()
        return Instruction(
            content: try content(), text: statement.text.text, heredocs: statement.heredocs,
            comments: statement.comments, range: statement.range, keyword: head.keyword.text)
    }

    private func content() throws(DockerfileError) -> Instruction.Content {
        switch name {
        case .arg: .arg(try declarations())
        case .env: .env(try pairs())
        case .label: .label(try pairs())
        case .run: .run(try run())
        case .copy, .add: .copy(try copy())
        case .workdir: .workdir(word(arguments))
        case .user: .user(word(arguments))
        case .cmd: .cmd(try command(arguments))
        case .entrypoint: .entrypoint(try command(arguments))
        case .expose: .expose(ExposeInstruction(ports: arguments.blankSeparated.map(word)))
        case .volume: .volume(try volumes())
        case .stopsignal: .stopsignal(word(arguments))
        case .shell: .shell(try shell())
        case .healthcheck: .healthcheck(try healthcheck())
        case .onbuild: .onbuild(try onbuild())
        case .maintainer: .maintainer(arguments.text)
        case .from: throw range.error("FROM cannot stand here")
        }
    }

    private func requireArguments() throws(DockerfileError) {
        guard arguments.isEmpty else { return }
        throw range.error("\(name) has no argument", advice: "write \(Self.examples[name] ?? "one behind it")")
    }

    private static let examples: [InstructionName: String] = [
        .add: "ADD SOURCE… DESTINATION", .arg: "ARG NAME[=DEFAULT]", .cmd: "CMD [\"PROGRAM\", \"ARGUMENT\"]",
        .copy: "COPY SOURCE… DESTINATION", .entrypoint: "ENTRYPOINT [\"PROGRAM\", \"ARGUMENT\"]",
        .env: "ENV NAME=VALUE", .expose: "EXPOSE PORT", .from: "FROM IMAGE [AS NAME]",
        .healthcheck: "HEALTHCHECK CMD COMMAND", .label: "LABEL NAME=VALUE", .onbuild: "ONBUILD INSTRUCTION",
        .run: "RUN COMMAND", .shell: "SHELL [\"PROGRAM\", \"ARGUMENT\"]", .stopsignal: "STOPSIGNAL SIGTERM",
        .user: "USER NAME", .volume: "VOLUME PATH", .workdir: "WORKDIR PATH",
    ]

    /// The exec form if the text is a JSON array, otherwise the shell form.
    func command(_ text: LocatedText) throws(DockerfileError) -> Command {
        guard let strings = try text.jsonStrings() else { return .shell(text.text) }
        return .exec(strings.map(\.text))
    }

    /// The elements of a JSON array, or else the words separated by white space.
    func list(_ text: LocatedText) throws(DockerfileError) -> [Word] {
        guard let strings = try text.jsonStrings() else { return text.blankSeparated.map(word) }
        return strings.map { Word($0.text, at: $0.range, escape: escape) }
    }

    private func volumes() throws(DockerfileError) -> [Word] {
        let words = try list(arguments).map { Word($0.text.trimmed, at: $0.range, escape: escape) }
        guard !words.isEmpty, words.allSatisfy({ !$0.text.isEmpty }) else {
            throw range.error("a volume has an empty path")
        }
        return words
    }

    private func shell() throws(DockerfileError) -> [String] {
        guard let strings = try arguments.jsonStrings(), !strings.isEmpty else {
            throw arguments.range.error(
                "SHELL must be a JSON array", advice: "write it as SHELL [\"/bin/bash\", \"-c\"], with double quotes")
        }
        return strings.map(\.text)
    }

    /// Parses the instruction right away, so that errors do not wait until the image is used.
    private func onbuild() throws(DockerfileError) -> OnbuildInstruction {
        guard let head = head.trigger else { throw range.error("ONBUILD has no instruction") }
        if head.name == .onbuild || head.name == .from || head.name == .maintainer {
            throw head.keyword.range.error("\(head.name.map(\.rawValue) ?? "") cannot stand below ONBUILD")
        }
        let nested = Statement(
            text: arguments, heredocs: statement.heredocs, comments: statement.comments, range: statement.range)
        let parser = try InstructionParser(nested, head: head, escape: escape)
        let heredocs = statement.heredocs.map { "\n" + $0.body + $0.name }.joined()
        return OnbuildInstruction(trigger: arguments.text + heredocs, instruction: try parser.instruction())
    }
}
