internal import Spelling

/// A Dockerfile, understood: what it declares for all stages, and its stages.
package struct Dockerfile: Sendable {
    package let source: SourceText
    package let directives: ParserDirectives
    /// The ARGs before the first FROM.
    package let globalArguments: [ArgumentDeclaration]
    /// At least one.
    package let stages: [Stage]
    /// The numbers of the stages of each name, the first one first.
    let stageNames: [String: [Int]]
    /// What is probably not meant, in the order of the lines, without what `# check=skip=` names.
    package let notes: [DockerfileNote]

    /// The most bytes that a Dockerfile may have.
    package static let maximumSize = 16 << 20

    /// - Parameters:
    ///   - bytes: UTF-8, with or without a byte-order mark, lines ended by a newline with or without carriage return.
    ///   - name: What the person calls the file.
    /// - Throws: ``DockerfileError`` for the first thing that is wrong.
    package init(parsing bytes: some Collection<UInt8>, name: String = "Dockerfile") throws(DockerfileError) {
        let lines = bytes.count <= Self.maximumSize ? PhysicalLine.lines(of: bytes) : []
        let source = SourceText(name: name, lines: lines.map(\.scalars.string))
        self.source = source
        guard bytes.count <= Self.maximumSize else {
            throw source.start.error("it has more than \(Self.maximumSize >> 20) MiB, which no Dockerfile has")
        }
        for line in lines {
            // No variable, argument or file name can have one.
            guard let column = line.scalars.firstIndex(of: "\0") else { continue }
            throw line.range(column..<column + 1, in: source).error("there is a zero byte, which no text has")
        }
        var directives = ParserDirectives()
        let skipped = try directives.read(lines, in: source)
        self.directives = directives

        var reader = StatementReader(lines, from: skipped, in: source, escape: directives.escape)
        var assembly = DockerfileAssembly(escape: directives.escape)
        while let statement = try reader.next() { try assembly.add(statement) }
        guard !assembly.stages.isEmpty else {
            throw source.start.error(
                assembly.globalArguments.isEmpty ? "it has no instruction" : "it has no stage",
                advice: "begin it with FROM IMAGE")
        }
        globalArguments = assembly.globalArguments
        stages = assembly.stages
        stageNames = assembly.stageNames
        let notes = Self.notes(on: lines, in: source) + directives.notes(in: source) + reader.notes
        self.notes = (notes + assembly.notes)
            .filter { directives.check.reports($0.rule) }
            .sorted { $0.range.start < $1.range.start }
    }

    private static func notes(on lines: [PhysicalLine], in source: SourceText) -> [DockerfileNote] {
        guard let line = lines.first(where: { $0.scalars.contains("\u{FFFD}") }),
            let column = line.scalars.firstIndex(of: "\u{FFFD}")
        else { return [] }
        return [
            DockerfileNote(
                .invalidUTF8, at: line.range(column..<column + 1, in: source),
                "the file is not all UTF-8; what is not is replaced")
        ]
    }
}

extension SourceText {
    /// The very start of the file.
    var start: SourceRange {
        let start = SourcePosition(line: 1, column: 1)
        return SourceRange(source: self, start: start, end: start)
    }
}

extension ParserDirectives {
    fileprivate func notes(in source: SourceText) -> [DockerfileNote] {
        let unused = syntax.flatMap(DockerfileFrontend.warning)
        return check.notes(in: source)
            + (unused.map { [DockerfileNote(.syntaxIgnored, at: syntaxRange ?? source.start, $0)] } ?? [])
    }
}

extension CheckDirective {
    /// A rule that does not exist is probably misspelled; the rules of Docker that are not known here are not named.
    fileprivate func notes(in source: SourceText) -> [DockerfileNote] {
        let known = DockerfileNote.Rule.allCases.map(\.rawValue)
        return skipped.sorted().compactMap { name in
            guard !known.contains(name), let near = NearestName.of(name, in: known) else { return nil }
            return DockerfileNote(
                .unknownCheckRule, at: source.start, "there is no rule \(name); did you mean \(near)?")
        }
    }
}
