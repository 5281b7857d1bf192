internal import JSON

extension LocatedText {
    /// The words separated by white space; quotes are literal.
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

    /// The words separated by white space that is neither quoted nor escaped, with their quotes and escapes.
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
                    // A trailing escape character escapes nothing and is dropped.
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

    /// An element of a JSON array of strings.
    struct JSONString {
        /// The decoded string.
        let text: String
        /// The location, quotes included.
        let range: SourceRange
    }

    /// The elements of a JSON array of strings; `nil` if the text is not a JSON array, and so a command or a list of
    /// words.
    ///
    /// - Throws: ``DockerfileError`` for an array with elements other than strings.
    func jsonStrings() throws(DockerfileError) -> [JSONString]? {
        guard firstIndex(where: { !$0.isWhiteSpace }).map({ self[$0] == "[" }) == true,
            let value = try? JSONValue(parsing: text.utf8), case .array(let elements) = value
        else { return nil }
        let ranges = stringRanges
        var strings: [JSONString] = []
        for (index, element) in elements.enumerated() {
            guard case .string(let text) = element, index < ranges.count else {
                throw range.error(
                    "the JSON array holds something that is not a string",
                    advice: "put double quotes around every element"
                )
            }
            strings.append(JSONString(text: text, range: ranges[index]))
        }
        return strings
    }

    /// The ranges of the string literals in a JSON text.
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
