/// An instruction of a build stage, or a global ARG.
package struct Instruction: Hashable, Sendable {
    package let content: Content
    /// The instruction as written, its lines joined, without heredocs; for the history.
    package let text: String
    /// The heredocs below the instruction, in order.
    package let heredocs: [Heredoc]
    /// The comments directly above.
    package let comments: [String]
    /// From the keyword to the end of the last line.
    package let range: SourceRange
    /// The keyword as written.
    package let keyword: String

    /// The parsed instruction. Parts that are a ``Word`` are expanded when it is carried out, strings never.
    package enum Content: Hashable, Sendable {
        case arg([ArgumentDeclaration])
        case env([KeyValue])
        case label([KeyValue])
        case run(RunInstruction)
        /// COPY and ADD.
        case copy(CopyInstruction)
        case workdir(Word)
        case user(Word)
        case cmd(Command)
        case entrypoint(Command)
        case expose(ExposeInstruction)
        case volume([Word])
        case stopsignal(Word)
        case shell([String])
        case healthcheck(Healthcheck)
        case onbuild(OnbuildInstruction)
        case maintainer(String)
    }
}

/// A name and value of ENV or LABEL.
package struct KeyValue: Hashable, Sendable {
    package let key: Word
    package let value: Word

    package init(key: Word, value: Word) {
        self.key = key
        self.value = value
    }
}

/// A variable that ARG declares.
package struct ArgumentDeclaration: Hashable, Sendable {
    package let name: String
    /// The default value; `nil` without an equals sign.
    package let fallback: Word?
    package let range: SourceRange
    /// The description in the comment above, which begins with the variable's name.
    package let comment: String?

    package init(name: String, fallback: Word?, range: SourceRange, comment: String? = nil) {
        self.name = name
        self.fallback = fallback
        self.range = range
        self.comment = comment
    }
}

/// The command of CMD, ENTRYPOINT, RUN or HEALTHCHECK.
package enum Command: Hashable, Sendable {
    /// Shell form.
    case shell(String)
    /// Exec form: the program and its arguments.
    case exec([String])

    /// The program and its arguments; for the shell form, preceded by the shell.
    ///
    /// - Parameter shell: The shell set by SHELL, such as `/bin/sh`, `-c`.
    package func arguments(shell: [String]) -> [String] {
        switch self {
        case .shell(let text): shell + [text]
        case .exec(let arguments): arguments
        }
    }
}

/// ONBUILD: an instruction for builds on top of this image.
package struct OnbuildInstruction: Hashable, Sendable {
    /// The instruction as stored in the image's configuration, followed by its heredocs.
    package let trigger: String
    /// An array, because an instruction cannot contain itself directly.
    private let boxed: [Instruction]

    /// The instruction to carry out.
    package var instruction: Instruction { boxed[0] }

    init(trigger: String, instruction: Instruction) {
        self.trigger = trigger
        boxed = [instruction]
    }
}

extension Instruction {
    /// The name of the instruction.
    package var name: InstructionName {
        switch content {
        case .arg: .arg
        case .env: .env
        case .label: .label
        case .run: .run
        case .copy(let copy): copy.isAdd ? .add : .copy
        case .workdir: .workdir
        case .user: .user
        case .cmd: .cmd
        case .entrypoint: .entrypoint
        case .expose: .expose
        case .volume: .volume
        case .stopsignal: .stopsignal
        case .shell: .shell
        case .healthcheck: .healthcheck
        case .onbuild: .onbuild
        case .maintainer: .maintainer
        }
    }

    /// All words that are expanded when the instruction is carried out, in order; for finding the variables that it
    /// needs.
    package var words: [Word] {
        switch content {
        case .arg(let declarations): declarations.compactMap(\.fallback)
        case .env(let pairs), .label(let pairs): pairs.flatMap { [$0.key, $0.value] }
        case .run(let run): run.mounts.flatMap(\.words)
        case .copy(let copy): copy.words
        case .workdir(let word), .user(let word), .stopsignal(let word): [word]
        case .expose(let expose): expose.ports
        case .volume(let words): words
        case .cmd, .entrypoint, .shell, .healthcheck, .onbuild, .maintainer: []
        }
    }
}
