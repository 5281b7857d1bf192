extension InstructionParser {
    /// The variables of ARG.
    func declarations() throws(DockerfileError) -> [ArgumentDeclaration] {
        var declarations: [ArgumentDeclaration] = []
        for text in arguments.shellSeparated(escape: escape) {
            let parts = text.split { $0 == "=" }
            let name = (parts?.head ?? text).text
            guard !name.isEmpty else {
                throw text.range.error("the variable has no name", advice: "write it as ARG NAME=VALUE")
            }
            declarations.append(
                ArgumentDeclaration(
                    name: name, fallback: parts.map { word($0.tail) }, range: text.range,
                    comment: statement.comment(about: name)))
        }
        return declarations
    }

    /// The names and values of ENV and LABEL: `NAME=VALUE …` or the legacy form `NAME VALUE`.
    func pairs() throws(DockerfileError) -> [KeyValue] {
        let words = arguments.shellSeparated(escape: escape)
        guard let first = words.first, first.scalars.contains("=") else { return [try legacyPair()] }
        var pairs: [KeyValue] = []
        for text in words {
            guard let (key, value) = text.split(at: { $0 == "=" }) else {
                throw text.range.error(
                    "\"\(text.text)\" has no equals sign",
                    advice: "write \(name) NAME=VALUE, and quote a value that has spaces")
            }
            guard !key.isEmpty else {
                throw text.range.error("the value has no name", advice: "write it as \(name) NAME=VALUE")
            }
            pairs.append(KeyValue(key: word(key), value: word(value)))
        }
        return pairs
    }

    /// True if white space separates the name from the value, so that everything after it is the value.
    var isLegacyPair: Bool {
        guard name == .env || name == .label else { return false }
        return arguments.shellSeparated(escape: escape).first?.scalars.contains("=") == false
    }

    private func legacyPair() throws(DockerfileError) -> KeyValue {
        guard let (key, rest) = arguments.split(at: { $0.isBlank }) else {
            throw arguments.range.error("\(name) has no value", advice: "write it as \(name) NAME=VALUE")
        }
        let start = rest.firstIndex { !$0.isBlank } ?? rest.count
        return KeyValue(key: word(key), value: word(rest[start..<rest.count]))
    }

    /// FROM.
    func from() throws(DockerfileError) -> FromInstruction {
        let words = arguments.blankSeparated
        guard words.count == 1 || (words.count == 3 && words[1].text.lowercased() == "as") else {
            throw range.error(
                words.isEmpty ? "FROM has no argument" : "FROM has neither one argument nor three",
                advice: "write it as FROM IMAGE or FROM IMAGE AS NAME")
        }
        let name = words.count == 3 ? words[2] : nil
        if let name, !Self.isStageName(name.text.lowercased()) {
            throw name.range.error(
                "\"\(name.text)\" cannot be the name of a stage",
                advice: "use letters, digits, -, _ and ., with a letter first")
        }
        return FromInstruction(
            base: word(words[0]), platform: flags.word("platform"), name: name?.text.lowercased(),
            spelledName: name?.text, text: statement.text.text, range: statement.range,
            comment: name.flatMap { statement.comment(about: $0.text) }, keyword: head.keyword.text)
    }

    private static func isStageName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (0x61...0x7A).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || "-_.".utf8.contains(byte)
        }
    }
}

extension Statement {
    /// The description of a name in the comment above, which begins with that name.
    fileprivate func comment(about name: String) -> String? {
        comments.first { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
