/// Assembles instructions into stages, and collects notes.
struct DockerfileAssembly {
    private(set) var globalArguments: [ArgumentDeclaration] = []
    private(set) var stages: [Stage] = []
    private(set) var stageNames: [String: [Int]] = [:]
    private(set) var notes: [DockerfileNote] = []
    private let escape: EscapeCharacter
    private var firstKeyword: String?

    init(escape: EscapeCharacter) {
        self.escape = escape
    }

    mutating func add(_ statement: Statement) throws(DockerfileError) {
        let parser = try InstructionParser(statement, head: StatementHead(statement.text), escape: escape)
        noteCasing(parser)
        if parser.name == .from {
            let stage = Stage(index: stages.count, from: try parser.from())
            noteStage(stage, parser)
            if let name = stage.name { stageNames[name, default: []].append(stage.index) }
            stages.append(stage)
            return
        }
        let instruction = try parser.instruction()
        if let last = stages.indices.last {
            stages[last].instructions.append(instruction)
        } else if case .arg(let declarations) = instruction.content {
            globalArguments += declarations
        } else {
            throw parser.head.keyword.range.error(
                "\(parser.name) stands before the first FROM", advice: "only ARG can; write FROM IMAGE above it")
        }
        noteContent(instruction, parser)
    }

    private mutating func note(_ rule: DockerfileNote.Rule, at range: SourceRange, _ message: String) {
        notes.append(DockerfileNote(rule, at: range, message))
    }

    private mutating func noteCasing(_ parser: InstructionParser) {
        let keyword = parser.head.keyword.text
        let isUpper = firstKeyword.map { $0 == $0.uppercased() } ?? true
        firstKeyword = firstKeyword ?? keyword
        if keyword != keyword.uppercased(), keyword != keyword.lowercased() || (isUpper && firstKeyword != keyword) {
            note(
                .consistentInstructionCasing, at: parser.head.keyword.range,
                "write \(keyword) as \(keyword.uppercased()), like the others")
        }
    }

    private mutating func noteStage(_ stage: Stage, _ parser: InstructionParser) {
        let words = parser.arguments.blankSeparated
        noteBase(stage)
        guard let name = stage.name, let spelled = stage.from.spelledName, words.count == 3 else { return }
        let range = words[2].range
        if spelled != name { note(.stageNameCasing, at: range, "write the stage's name in lower case, \(name)") }
        let (from, keyword) = (parser.head.keyword.text, words[1].text)
        if (from == from.uppercased()) != (keyword == keyword.uppercased()) {
            note(.fromAsCasing, at: words[1].range, "write \(from) and \(keyword) in the same case")
        }
        if name == "scratch" || name == "context" {
            note(.reservedStageName, at: range, "\(name) means something else; give the stage another name")
        }
        if stageNames[name] != nil {
            note(
                .duplicateStageName, at: range,
                "another stage is called \(name) too, and --from means the last one; give it another name")
        }
    }

    private mutating func noteBase(_ stage: Stage) {
        let base = stage.from.base
        let name = base.text.lowercased()
        if stageNames[name] != nil, name != base.text {
            note(
                .stageNameOfOtherCase, at: base.range,
                "this is an image, not the stage above; write \(name) for the stage")
        }
    }

    private mutating func noteContent(_ instruction: Instruction, _ parser: InstructionParser) {
        if parser.isLegacyPair {
            note(
                .legacyKeyValueFormat, at: parser.arguments.range,
                "write it as \(parser.name) NAME=VALUE, the form without an equals sign is out of date")
        }
        switch instruction.content {
        case .maintainer:
            note(
                .maintainerDeprecated, at: parser.head.keyword.range,
                "MAINTAINER is out of date; write LABEL org.opencontainers.image.authors=")
        case .cmd(.shell(let text)), .entrypoint(.shell(let text)):
            if text.hasPrefix("["), text.hasSuffix("]") {
                note(
                    .malformedExecForm, at: parser.arguments.range,
                    "this looks like a JSON array but is none, so a shell gets it; put double quotes around each part")
            }
        default: break
        }
    }
}
