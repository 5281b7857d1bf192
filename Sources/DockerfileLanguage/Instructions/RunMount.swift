internal import Spelling

/// `RUN --mount=…` as written, before expansion.
package struct RunMount: Hashable, Sendable {
    /// A `key=value`, or a key alone.
    package struct Field: Hashable, Sendable {
        /// In lower case.
        package let key: String
        package let value: Word?
        package let range: SourceRange
    }

    package let fields: [Field]
    package let range: SourceRange

    /// `from=`: a stage, a named context or an image. Variables are not expanded, and numbers do not refer to stages.
    package var from: CopyFrom? {
        guard let word = fields.last(where: { $0.key == "from" })?.value, !word.text.isEmpty else { return nil }
        return CopyFrom(name: word.text, range: word.range)
    }

    var words: [Word] { fields.filter { $0.key != "from" }.compactMap(\.value) }

    /// - Throws: ``DockerfileError`` for unknown keys and, if there are no variables, for everything else that
    ///   ``resolved(in:)`` refuses.
    init(_ flag: LocatedText, at range: SourceRange, escape: EscapeCharacter) throws(DockerfileError) {
        self.range = range
        var fields: [Field] = []
        for text in try flag.commaSeparated() { fields.append(try Self.field(text, escape)) }
        self.fields = fields
        if words.allSatisfy(\.isPlain) { _ = try resolved(in: Environment()) }
    }

    private static func field(_ text: LocatedText, _ escape: EscapeCharacter) throws(DockerfileError) -> Field {
        let parts = text.split { $0 == "=" }
        let key = (parts?.head ?? text).text.lowercased()
        guard MountKey.all.contains(key) else {
            let advice = NearestName.advice(key, in: MountKey.all)
            throw text.range.error(
                "a mount has no \"\(key)\"", advice: advice ?? "it has \(MountKey.all.joined(separator: ", "))")
        }
        guard parts != nil || MountKey.canStandAlone.contains(key) else {
            throw text.range.error("\"\(key)\" of a mount has no value", advice: "write it as \(key)=VALUE")
        }
        let value = parts.map { Word($0.tail, escape: escape) }
        if key == "from", let value, value.text.dropLast().contains("$") {
            throw value.range.error(
                "a mount's from cannot have variables",
                advice: "write FROM \(value.text) AS name above this stage and use from=name")
        }
        return Field(key: key, value: value, range: text.range)
    }
}

extension LocatedText {
    /// The fields of comma-separated values.
    fileprivate func commaSeparated() throws(DockerfileError) -> [LocatedText] {
        do throws(CommaSeparatedLine.Malformed) {
            return try CommaSeparatedLine.fields(of: scalars).map { field in
                var text = self[field.start..<field.start]
                for index in field.indexes { text.append(scalars[index], at: positions[index]) }
                return text
            }
        } catch {
            throw self[error.index..<count].range.error(error.reason, advice: error.advice)
        }
    }
}

/// The keys of a mount.
enum MountKey {
    static let all = [
        "type", "from", "source", "src", "target", "dst", "destination", "readonly", "ro", "readwrite", "rw", "id",
        "sharing", "required", "size", "mode", "uid", "gid", "env",
    ]
    static let canStandAlone: Set = ["readonly", "ro", "readwrite", "rw", "required"]
}
