extension ShellLexer {
    /// Reads `$name` or `${…}`, starting at the dollar sign.
    mutating func readVariable() throws(ShellSyntaxError) -> [Unicode.Scalar] {
        let start = position
        position += 1
        if next == "{" {
            position += 1
            return try readBraces(from: start)
        }
        let name = readName()
        guard !name.isEmpty else { return ["$"] }
        return try value(of: name) ?? (keepsUnset ? spelling(from: start) : [])
    }

    /// A name: letters, digits and underscores; only digits; or one of the shell's special parameters.
    private mutating func readName() -> String {
        let start = position
        guard let first = next else { return "" }
        if first.isDigit {
            while let scalar = next, scalar.isDigit { position += 1 }
        } else if "@*#?-$!".unicodeScalars.contains(first) {
            position += 1
        } else {
            while let scalar = next, scalar.isLetter || scalar.isDigit || scalar == "_" { position += 1 }
        }
        return Array(input[start..<position]).string
    }

    private func spelling(from start: Int) -> [Unicode.Scalar] { Array(input[start..<position]) }

    private mutating func readBraces(from start: Int) throws(ShellSyntaxError) -> [Unicode.Scalar] {
        guard let first = next else { throw Self.unclosed }
        guard first != "{", first != "}", first != ":" else { throw unsupported(from: start) }
        let name = readName()
        guard var operation = take() else { throw Self.unclosed }
        switch operation {
        case "}":
            return try value(of: name) ?? (keepsUnset ? spelling(from: start) : [])
        case "/":
            return try readReplacement(name, from: start)
        default:
            break
        }
        let emptyIsUnset = operation == ":"
        if emptyIsUnset {
            guard let other = take() else { throw Self.unclosed }
            operation = other
        }
        guard "+-?#%".unicodeScalars.contains(operation) else { throw unsupported(from: start) }
        let isPattern = operation == "#" || operation == "%"
        let word = try readPart(upTo: "}", keepsEscapes: isPattern)
        let value = try value(of: name)
        if keepsUnset, value == nil { return spelling(from: start) }
        let isSet = emptyIsUnset ? value?.isEmpty == false : value != nil
        switch operation {
        case "-": return isSet ? value ?? [] : word
        case "+": return isSet ? word : []
        case "?":
            if isSet || !demandsValues { return value ?? [] }
            throw missing(name, isEmpty: value != nil, message: word.string)
        default: return try trim(value ?? [], word, operation)
        }
    }

    /// Reads a part of a substitution up to the letter that ends it.
    private mutating func readPart(
        upTo stop: Unicode.Scalar, keepsEscapes: Bool
    ) throws(ShellSyntaxError) -> [Unicode.Scalar] {
        try read(upTo: stop, keepsEscapes: keepsEscapes).text
    }

    /// `${name#p}`, `##`, `%` and `%%`.
    private func trim(
        _ value: [Unicode.Scalar], _ word: [Unicode.Scalar], _ operation: Unicode.Scalar
    ) throws(ShellSyntaxError) -> [Unicode.Scalar] {
        let isGreedy = word.first == operation
        let pattern = try ShellPattern(isGreedy ? word.dropFirst() : word[...])
        if operation == "#" {
            let length = try pattern.prefixLength(of: value, longest: isGreedy, on: environment.meter)
            return Array(value.dropFirst(length ?? 0))
        }
        let length = try pattern.reversed.prefixLength(
            of: value.reversed(), longest: isGreedy, on: environment.meter)
        return Array(value.dropLast(length ?? 0))
    }

    /// `${name/p/r}` and `${name//p/r}`, starting after the first slash.
    private mutating func readReplacement(_ name: String, from start: Int) throws(ShellSyntaxError) -> [Unicode.Scalar]
    {
        let all = next == "/"
        if all { position += 1 }
        let pattern = try readPart(upTo: "/", keepsEscapes: true)
        let replacement = try readPart(upTo: "}", keepsEscapes: true)
        guard let value = try value(of: name) else { return keepsUnset ? spelling(from: start) : [] }
        return try ShellPattern(pattern[...]).replacing(
            in: value, with: replacement, all: all, on: environment.meter
        ) { count throws(ShellSyntaxError) in try grow(by: count) }
    }

    private func missing(_ name: String, isEmpty: Bool, message: String) -> ShellSyntaxError {
        let fallback = isEmpty ? "it must not be empty" : "it must be set"
        return ShellSyntaxError(
            reason: "\(name): \(message.isEmpty ? fallback : message)", advice: "give it with --build-arg \(name)=VALUE"
        )
    }

    private static let unclosed = ShellSyntaxError(
        reason: "a substitution is not closed", advice: "end it with }, or write \\$ for a dollar sign")

    private func unsupported(from start: Int) -> ShellSyntaxError {
        let shown = Array(input[start..<min(input.count, start + 20)]).string
        return ShellSyntaxError(
            reason: "\"\(shown)\" is not a substitution",
            advice: "there are ${v}, ${v:-w}, ${v:+w}, ${v:?m}, ${v#p}, ${v%p} and ${v/p/r}")
    }
}
