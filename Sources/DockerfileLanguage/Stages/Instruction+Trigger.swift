extension Instruction {
    /// Parses an ONBUILD trigger from a base image's configuration.
    ///
    /// - Parameters:
    ///   - trigger: The instruction, followed by its heredocs. The escape character is the backslash.
    ///   - name: The origin of the trigger in messages.
    /// - Throws: ``DockerfileError``, also for anything but exactly one instruction, and for FROM, ONBUILD and
    ///   MAINTAINER.
    package init(trigger: String, name: String) throws(DockerfileError) {
        let lines = PhysicalLine.lines(of: trigger.utf8)
        let source = SourceText(name: name, lines: lines.map(\.scalars.string))
        var reader = StatementReader(lines, from: 0, in: source, escape: .backslash)
        guard let statement = try reader.next(), try reader.next() == nil else {
            throw source.start.error("an ONBUILD trigger must be one instruction")
        }
        let head = StatementHead(statement.text)
        if head.name == .from || head.name == .onbuild || head.name == .maintainer {
            throw head.keyword.range.error("\(head.keyword.text) cannot be an ONBUILD trigger")
        }
        self = try InstructionParser(statement, head: head, escape: .backslash).instruction()
    }
}
