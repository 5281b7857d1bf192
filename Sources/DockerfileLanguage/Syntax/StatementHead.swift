/// A joined instruction split into keyword, flags and arguments.
struct StatementHead {
    /// As written.
    let keyword: LocatedText
    let flags: [Flag]
    /// Without surrounding white space.
    let arguments: LocatedText

    init(_ text: LocatedText) {
        let text = text.trimmed
        let end = text.firstIndex { $0.isBlank } ?? text.count
        keyword = text[0..<end]
        let (flags, rest) = Flag.leading(text[end..<text.count])
        self.flags = flags
        arguments = rest.trimmed
    }

    /// The instruction; `nil` if it is unknown.
    var name: InstructionName? { InstructionName(rawValue: keyword.text.uppercased()) }

    /// The instruction inside ONBUILD.
    var trigger: StatementHead? { name == .onbuild ? StatementHead(arguments) : nil }

    /// Returns true if `<<WORD` introduces a heredoc here: in the shell form of RUN, COPY and ADD, also inside ONBUILD.
    func acceptsHeredocs() throws(DockerfileError) -> Bool {
        // Nested ONBUILD is reported as an error later; avoid endless recursion here.
        if let trigger {
            guard trigger.name != .onbuild else { return false }
            return try trigger.acceptsHeredocs()
        }
        guard name == .run || name == .copy || name == .add else { return false }
        return try arguments.jsonStrings() == nil
    }
}
