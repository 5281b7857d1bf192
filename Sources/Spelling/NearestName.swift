/// Suggests the name that was probably meant.
package enum NearestName {
    /// The maximum number of bytes to compare.
    private static let longest = 64

    /// The known name with the fewest typing errors relative to `text`: at most two, and fewer than the name has
    /// letters. The first wins a tie. A name that begins with `text` is better than one with two errors.
    package static func of(_ text: String, in names: some Sequence<String>) -> String? {
        let lower = Array(text.lowercased().utf8.prefix(longest))
        let limit = min(2, lower.count - 1)
        let near = names.map { (name: $0, slips: slips(from: lower, to: Array($0.lowercased().utf8))) }
        let nearest = near.filter { $0.slips <= limit }.min { $0.slips < $1.slips }
        if let nearest, nearest.slips < 2 { return nearest.name }
        let isWord = lower.count { $0 != UInt8(ascii: "-") } > 2
        return (isWord ? names.first { $0.lowercased().utf8.starts(with: lower) } : nil) ?? nearest?.name
    }

    /// "did you mean X?", if there is a similar name.
    package static func advice(_ text: String, in names: some Sequence<String>) -> String? {
        of(text, in: names).map { "did you mean \($0)?" }
    }

    /// The number of letters changed, inserted, omitted or swapped with a neighbour.
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
