/// A size in bytes.
package struct ByteSize: Sendable, Hashable, CustomStringConvertible {
    /// In bytes.
    package let count: Int64

    package init(_ count: Int64) {
        self.count = count
    }

    /// Parses a number with an optional unit, such as `512`, `64m`, `1.5GB` or `2GiB`. As in Docker, all units are
    /// powers of 1024.
    ///
    /// - Returns: `nil` for anything else, and for more than 9.2e18 bytes.
    package init?(parsing text: String) {
        let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        var unit = text.dropFirst(number.count).lowercased()[...]
        while unit.first == " " { unit = unit.dropFirst() }
        guard let value = Double(number) else { return nil }
        if unit.hasSuffix("ib"), unit.count == 3 { unit = unit.dropLast(2) }
        if unit.hasSuffix("b"), unit.count == 2 { unit = unit.dropLast() }
        guard let power = ["": 0, "b": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5][String(unit)] else { return nil }
        let bytes = (0..<power).reduce(value) { product, _ in product * 1024 }
        guard bytes < 9.2e18 else { return nil }
        count = Int64(bytes)
    }

    /// The size as Docker shows it, in decimal units with three significant digits, such as `512 B`, `1.3 MB` or
    /// `45.6 GB`.
    package var description: String {
        let magnitude = count.magnitude
        let sign = count < 0 ? "-" : ""
        if magnitude < 1000 { return "\(sign)\(magnitude) B" }
        var scale: UInt64 = 1000
        for unit in ["kB", "MB", "GB", "TB", "PB", "EB"] {
            // Rounding may lead to the next unit.
            if let number = Self.threeDigits(magnitude, per: scale) { return "\(sign)\(number) \(unit)" }
            scale *= 1000
        }
        return "\(sign)\(magnitude) B"
    }

    /// `value / scale` with three significant digits, unless that is a thousand or more.
    private static func threeDigits(_ value: UInt64, per scale: UInt64) -> String? {
        for decimals in [2, 1, 0] {
            let step = scale / [1, 10, 100][decimals]
            let rounded = value / step + (value % step >= step - step / 2 ? 1 : 0)
            guard rounded < 1000 else { continue }
            let digits = String(rounded)
            let whole = digits.dropLast(decimals)
            var fraction = digits.suffix(decimals)
            while fraction.last == "0" { fraction.removeLast() }
            return whole + (fraction.isEmpty ? "" : ".\(fraction)")
        }
        return nil
    }
}
