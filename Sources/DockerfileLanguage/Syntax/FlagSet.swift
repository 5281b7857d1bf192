internal import Spelling

/// The flags of one instruction, validated.
struct FlagSet {
    private let flags: [Flag]
    private let escape: EscapeCharacter

    /// - Throws: ``DockerfileError`` for an unknown or repeated flag, and for one that lacks its value.
    init(_ head: StatementHead, of name: InstructionName, escape: EscapeCharacter) throws(DockerfileError) {
        flags = head.flags
        self.escape = escape
        var seen: Set<String> = []
        for flag in flags {
            guard let known = name.flags.first(where: { $0.name == flag.name }) else {
                throw flag.range.error(
                    "\(name) has no flag --\(flag.name)", advice: Self.advice(flag.name, for: name))
            }
            guard seen.insert(flag.name).inserted || known.kind == .repeatable else {
                throw flag.range.error("the flag --\(flag.name) is given twice", advice: "keep one of them")
            }
            if known.kind != .boolean, flag.value == nil {
                throw flag.range.error(
                    "the flag --\(flag.name) has no value", advice: "write it as --\(flag.name)=VALUE")
            }
        }
    }

    private static func advice(_ flag: String, for name: InstructionName) -> String {
        let names = name.flags.map { "--\($0.name)" }
        if let near = NearestName.of("--\(flag)", in: names) { return "did you mean \(near)?" }
        let others = InstructionName.allCases.filter { $0.flags.contains { $0.name == flag } }
        // If there is only one flag, no other can be meant.
        let own =
            switch names.count {
            case 0: "it has none"
            case 1: "did you mean \(names[0])?"
            default: "it has \(names.joined(separator: ", "))"
            }
        if others.isEmpty { return own }
        return "--\(flag) is a flag of \(others.map(\.rawValue).joined(separator: " and ")); \(own)"
    }

    subscript(name: String) -> Flag? { flags.first { $0.name == name } }

    func all(_ name: String) -> [Flag] { flags.filter { $0.name == name } }

    /// The value as a word; an empty value counts as absent.
    func word(_ name: String) -> Word? {
        guard let value = self[name]?.value, !value.isEmpty else { return nil }
        return Word(value, escape: escape)
    }

    func words(_ name: String) -> [Word] {
        all(name).compactMap(\.value).map { Word($0, escape: escape) }
    }

    /// The value of a boolean flag, true if it has none; `nil` if the flag is absent.
    func truth(_ name: String) throws(DockerfileError) -> Bool? {
        guard let flag = self[name] else { return nil }
        guard let value = flag.value else { return true }
        switch value.text.lowercased() {
        case "true": return true
        case "false": return false
        default:
            throw value.range.error(
                "\"\(value.text)\" is neither true nor false", advice: "write --\(name) or --\(name)=false")
        }
    }
}
