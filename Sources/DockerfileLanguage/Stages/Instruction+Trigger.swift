extension Instruction {
    /// Understands an ONBUILD trigger that a base image's configuration brings.
    ///
    /// - Parameters:
    ///   - trigger: The instruction, with its heredocs below it. The backslash escapes in it.
    ///   - name: What the person is told that it is from.
    /// - Throws: ``DockerfileError``, also when it is not exactly one instruction, or FROM, ONBUILD or MAINTAINER.
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
