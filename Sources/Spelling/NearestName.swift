/// Finds what somebody may have meant to write.
package enum NearestName {
    /// No more of a text is looked at, in bytes.
    private static let longest = 64

    /// The known name with the fewest slips to `text`, at most two and fewer than it has letters; the first of equals.
    /// That it begins with all of `text` is better than two slips.
    package static func of(_ text: String, in names: some Sequence<String>) -> String? {
        let lower = Array(text.lowercased().utf8.prefix(longest))
        let limit = min(2, lower.count - 1)
        let near = names.map { (name: $0, slips: slips(from: lower, to: Array($0.lowercased().utf8))) }
        let nearest = near.filter { $0.slips <= limit }.min { $0.slips < $1.slips }
        if let nearest, nearest.slips < 2 { return nearest.name }
        let isWord = lower.count { $0 != UInt8(ascii: "-") } > 2
        return (isWord ? names.first { $0.lowercased().utf8.starts(with: lower) } : nil) ?? nearest?.name
    }

    /// `did you mean X?`, when there is a near one.
    package static func advice(_ text: String, in names: some Sequence<String>) -> String? {
        of(text, in: names).map { "did you mean \($0)?" }
    }

    /// How many letters must be changed, inserted, left out or swapped with their neighbour.
    private static func slips(from text: [UInt8], to name: [UInt8]) -> Int {
        var rows = [Array(0...name.count)]
        for (line, letter) in text.enumerated() {
            var row = [line + 1]
            for column in name.indices {
                let changed = rows[line][column] + (letter == name[column] ? 0 : 1)
                var best = min(changed, rows[line][column + 1] + 1, row[column] + 1)
                if line > 0, column > 0, letter == name[column - 1], text[line - 1] == name[column] {
                    best = min(best, rows[line - 1][column - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[text.count][name.count]
    }
}
