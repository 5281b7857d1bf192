/// A flag `--name=value` before the arguments of an instruction, unquoted.
struct Flag {
    /// The name without the dashes. The word `--` ends the flags and is not one of them.
    let name: String
    /// `nil` without an equals sign.
    let value: LocatedText?
    let range: SourceRange

    private init(_ word: LocatedText, at range: SourceRange) {
        let body = word[min(2, word.count)..<word.count]
        let parts = body.split { $0 == "=" }
        name = parts?.head.text ?? body.text
        value = parts?.tail
        self.range = range
    }

    /// The flags at the beginning of a text, and the rest. The escape character is always the backslash here.
    static func leading(_ text: LocatedText) -> (flags: [Flag], rest: LocatedText) {
        var flags: [Flag] = []
        var index = 0
        while true {
            while index < text.count, text[index].isWhiteSpace { index += 1 }
            guard index + 1 < text.count, text[index] == "-", text[index + 1] == "-" else {
                return (flags, text[index..<text.count])
            }
            let start = index
            let word = unquoted(text, from: &index)
            if word.text == "--" { return (flags, text[index..<text.count]) }
            flags.append(Flag(word, at: text[start..<index].range))
        }
    }

    /// Reads a word up to white space.
    private static func unquoted(_ text: LocatedText, from index: inout Int) -> LocatedText {
        var word = text[index..<index]
        var quote: Unicode.Scalar?
        while index < text.count {
            let scalar = text[index]
            if quote == nil, scalar.isWhiteSpace { break }
            index += 1
            if scalar == quote {
                quote = nil
            } else if quote == nil, scalar == "'" || scalar == "\"" {
                quote = scalar
            } else if scalar != "\\" {
                word.append(scalar, at: text.positions[index - 1])
            } else if index < text.count {
                word.append(text[index], at: text.positions[index])
                index += 1
            }
        }
        return word
    }

    /// Parses a truth value like Go's `strconv.ParseBool`.
    static func truth(of text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }
}
