/// An instruction's joined text in its three parts: the keyword, the flags, and the rest.
struct StatementHead {
    /// As it is written.
    let keyword: LocatedText
    let flags: [Flag]
    /// Without white space around it.
    let arguments: LocatedText

    init(_ text: LocatedText) {
        let text = text.trimmed
        let end = text.firstIndex { $0.isBlank } ?? text.count
        keyword = text[0..<end]
        let (flags, rest) = Flag.leading(text[end..<text.count])
        self.flags = flags
        arguments = rest.trimmed
    }

    /// Which instruction it is; `nil` for a word that is none.
    var name: InstructionName? { InstructionName(rawValue: keyword.text.uppercased()) }

    /// The instruction below ONBUILD.
    var trigger: StatementHead? { name == .onbuild ? StatementHead(arguments) : nil }

    /// Whether `<<WORD` announces a heredoc here: in the shell form of RUN, COPY and ADD, also below ONBUILD.
    func acceptsHeredocs() throws(DockerfileError) -> Bool {
        // ONBUILD of ONBUILD is an error later; it must not go on and on here.
        if let trigger {
            guard trigger.name != .onbuild else { return false }
            return try trigger.acceptsHeredocs()
        }
        guard name == .run || name == .copy || name == .add else { return false }
        return try arguments.jsonStrings() == nil
    }
}
