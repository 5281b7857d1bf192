/// Finds the name that somebody may have meant.
package enum NearestName {
    /// The known name with the fewest slips to `text`, at most two and fewer than it has letters; the first of equals.
    package static func of(_ text: String, in names: [String]) -> String? {
        let limit = min(2, text.utf8.count - 1)
        let near = names.map { (name: $0, slips: slips(from: text.lowercased(), to: $0)) }
        return near.filter { $0.slips <= limit }.min { $0.slips < $1.slips }?.name
    }

    /// How many letters must be changed, inserted or left out (Levenshtein's distance).
    private static func slips(from text: String, to name: String) -> Int {
        let name = Array(name.utf8)
        var row = Array(0...name.count)
        for (line, letter) in text.utf8.prefix(64).enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in name.indices {
                let changed = diagonal + (letter == name[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(changed, row[column] + 1, diagonal + 1)
            }
        }
        return row[name.count]
    }
}
