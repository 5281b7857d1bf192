/// A size in bytes, shown as Docker does: decimal units, three significant digits.
package struct ByteSize: Sendable, Hashable, CustomStringConvertible {
    /// Bytes.
    package let count: Int64

    package init(_ count: Int64) {
        self.count = count
    }

    /// For example `512 B`, `1.3 MB` or `45.6 GB`.
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
