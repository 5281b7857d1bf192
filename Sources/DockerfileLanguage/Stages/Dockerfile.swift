internal import Spelling

/// A parsed Dockerfile: its global arguments and its stages.
package struct Dockerfile: Sendable {
    package let source: SourceText
    package let directives: ParserDirectives
    /// The ARGs before the first FROM.
    package let globalArguments: [ArgumentDeclaration]
    /// The stages; at least one.
    package let stages: [Stage]
    /// The indexes of the stages of each name, in order.
    let stageNames: [String: [Int]]
    /// Warnings, in order of lines, except those disabled by `# check=skip=`.
    package let notes: [DockerfileNote]

    /// The maximum size of a Dockerfile, in bytes.
    package static let maximumSize = 16 << 20

    /// - Parameters:
    ///   - bytes: UTF-8, with or without a byte-order mark, with LF or CRLF line endings.
    ///   - name: The name of the file in messages.
    /// - Throws: ``DockerfileError`` for the first error.
    package init(parsing bytes: some Collection<UInt8>, name: String = "Dockerfile") throws(DockerfileError) {
        let lines = bytes.count <= Self.maximumSize ? PhysicalLine.lines(of: bytes) : []
        let source = SourceText(name: name, lines: lines.map(\.scalars.string))
        self.source = source
        guard bytes.count <= Self.maximumSize else {
            throw source.start.error("it has more than \(Self.maximumSize >> 20) MiB, the limit for a Dockerfile")
        }
        for line in lines {
            // Variables, arguments and file names cannot contain a zero byte.
            guard let column = line.scalars.firstIndex(of: "\0") else { continue }
            throw line.range(column..<column + 1, in: source).error("it contains a zero byte")
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
    /// The beginning of the file.
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
    /// Warns about unknown rules, which are probably misspelled, but not about Docker's rules that are not implemented
    /// here.
    fileprivate func notes(in source: SourceText) -> [DockerfileNote] {
        let known = DockerfileNote.Rule.allCases.map(\.rawValue)
        return skipped.sorted().compactMap { name in
            guard !known.contains(name), let near = NearestName.of(name, in: known) else { return nil }
            return DockerfileNote(
                .unknownCheckRule, at: source.start, "there is no rule \(name); did you mean \(near)?")
        }
    }
}
