/// A line of comma-separated values, of which each may be quoted (RFC 4180): mounts, and flags of the command line.
package enum CommaSeparatedLine {
    /// What is wrong with a line, and with which of its letters.
    package struct Malformed: Error, Hashable, Sendable {
        package let reason: String
        package let advice: String
        let place: Int
    }

    /// A field: where it begins, and where the letters are that it has. A quoted one has no quotes at its ends, and one
    /// for two in it.
    struct Field {
        let start: Int
        var places: [Int] = []
    }

    /// The fields of a text, without their quotes.
    package static func fields(of text: String) throws(Malformed) -> [String] {
        let scalars = Array(text.unicodeScalars)
        return try fields(of: scalars).map { $0.places.map { scalars[$0] }.string }
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
                            reason: "a quote stands inside of a value",
                            advice: "put quotes around the whole field, as in \"NAME=A,B\"", place: index)
                    }
                    field.places.append(index)
                    index += 1
                }
            }
            fields.append(field)
            guard index < scalars.count else { return fields }
            index += 1
        }
    }

    /// Reads a field up to its end.
    ///
    /// - Returns: Where the comma behind it is, or the end.
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
                        reason: "something follows a quoted value", advice: "end it with the quote", place: index)
                }
            }
            field.places.append(index)
            index += 1
        }
        throw Malformed(reason: "a quoted value is not closed", advice: "put a quote behind it", place: start - 1)
    }
}
