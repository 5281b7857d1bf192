internal import JSON

extension LocatedText {
    /// The words between blanks; quotes mean nothing.
    var blankSeparated: [LocatedText] {
        var words: [LocatedText] = []
        var start: Int?
        for index in 0...count {
            let isEnd = index == count || scalars[index].isBlank
            if isEnd, let first = start {
                words.append(self[first..<index])
                start = nil
            } else if !isEnd, start == nil {
                start = index
            }
        }
        return words
    }

    /// The words between white space that is neither quoted nor escaped, each with its quotes and escapes.
    func shellSeparated(escape: EscapeCharacter) -> [LocatedText] {
        var words: [LocatedText] = []
        var index = 0
        while index < count {
            if scalars[index].isWhiteSpace {
                index += 1
                continue
            }
            let start = index
            var quote: Unicode.Scalar?
            var end = index
            while index < count, quote != nil || !scalars[index].isWhiteSpace {
                let scalar = scalars[index]
                index += 1
                end = index
                if scalar == escape.scalar, quote != "'" {
                    // An escape character at the very end escapes nothing and is left out.
                    if index == count {
                        end -= 1
                    } else {
                        index += 1
                        end = index
                    }
                } else if scalar == quote {
                    quote = nil
                } else if quote == nil, scalar == "'" || scalar == "\"" {
                    quote = scalar
                }
            }
            if end > start { words.append(self[start..<end]) }
        }
        return words
    }

    /// One element of a JSON array of strings.
    struct JSONString {
        /// The decoded string.
        let text: String
        /// Where it stands, with its quotes.
        let range: SourceRange
    }

    /// The elements when the text is a JSON array of strings; `nil` when it is no JSON array, which makes it a command
    /// or a list of words.
    ///
    /// - Throws: ``DockerfileError`` for an array with other things than strings.
    func jsonStrings() throws(DockerfileError) -> [JSONString]? {
        guard firstIndex(where: { !$0.isWhiteSpace }).map({ self[$0] == "[" }) == true,
            let value = try? JSONValue(parsing: text.utf8), case .array(let elements) = value
        else { return nil }
        let ranges = stringRanges
        var strings: [JSONString] = []
        for (index, element) in elements.enumerated() {
            guard case .string(let text) = element, index < ranges.count else {
                throw range.error(
                    "the JSON array holds something that is no string", advice: "put double quotes around every element"
                )
            }
            strings.append(JSONString(text: text, range: ranges[index]))
        }
        return strings
    }

    /// Where the string literals of a JSON text stand.
    private var stringRanges: [SourceRange] {
        var ranges: [SourceRange] = []
        var start: Int?
        var index = 0
        while index < count {
            switch scalars[index] {
            case "\\": index += 1
            case "\"":
                if let first = start { ranges.append(self[first..<index + 1].range) }
                start = start == nil ? index : nil
            default: break
            }
            index += 1
        }
        return ranges
    }
}
