/// Comma-separated values, which may be quoted (RFC 4180): mounts, and flags of the command line.
package enum CommaSeparatedLine {
    /// The problem with a line, and the index of the letter.
    package struct Malformed: Error, Hashable, Sendable {
        package let reason: String
        package let advice: String
        let index: Int
    }

    /// A field: its position, and those of its letters. For a quoted field, these exclude the surrounding quotes and
    /// the second of each doubled quote.
    struct Field {
        let start: Int
        var indexes: [Int] = []
    }

    /// The fields of a text, unquoted.
    package static func fields(of text: String) throws(Malformed) -> [String] {
        let scalars = Array(text.unicodeScalars)
        return try fields(of: scalars).map { $0.indexes.map { scalars[$0] }.string }
    }

    static func fields(of scalars: [Unicode.Scalar]) throws(Malformed) -> [Field] {
        var fields: [Field] = []
        var index = 0
        while true {
            var field = Field(start: index)
            if index < scalars.count, scalars[index] == "\"" {
                index = try quoted(scalars, from: index + 1, into: &field)
            } else {
                while index < scalars.count, scalars[index] != "," {
                    guard scalars[index] != "\"" else {
                        throw Malformed(
                            reason: "there is a quote inside a value",
                            advice: "put quotes around the whole field, as in \"NAME=A,B\"", index: index)
                    }
                    field.indexes.append(index)
                    index += 1
                }
            }
            fields.append(field)
            guard index < scalars.count else { return fields }
            index += 1
        }
    }

    /// Reads a quoted field.
    ///
    /// - Returns: The index of the comma after it, or the end.
    private static func quoted(
        _ scalars: [Unicode.Scalar], from start: Int, into field: inout Field
    ) throws(Malformed) -> Int {
        var index = start
        while index < scalars.count {
            if scalars[index] == "\"" {
                index += 1
                guard index < scalars.count, scalars[index] != "," else { return index }
                guard scalars[index] == "\"" else {
                    throw Malformed(
                        reason: "something follows a quoted value", advice: "end it with the quote", index: index)
                }
            }
            field.indexes.append(index)
            index += 1
        }
        throw Malformed(reason: "a quoted value is not closed", advice: "add the closing quote", index: start - 1)
    }
}
