/// Parses sizes as Docker does.
package enum ByteCount {
    /// Parses a number with an optional unit, such as `512`, `64m`, `1.5GB` or `2GiB`; all units are powers of 1024.
    package static func parse(_ text: String) -> Int64? {
        let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        var unit = text.dropFirst(number.count).lowercased()[...]
        while unit.first == " " { unit = unit.dropFirst() }
        guard let value = Double(number) else { return nil }
        if unit.hasSuffix("ib"), unit.count == 3 { unit = unit.dropLast(2) }
        if unit.hasSuffix("b"), unit.count == 2 { unit = unit.dropLast() }
        guard let power = ["": 0, "b": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5][String(unit)] else { return nil }
        let bytes = (0..<power).reduce(value) { product, _ in product * 1024 }
        return bytes < 9.2e18 ? Int64(bytes) : nil
    }
}
