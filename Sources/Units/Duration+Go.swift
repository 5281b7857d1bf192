extension Duration {
    /// In nanoseconds, as in an image's configuration.
    package var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }

    /// Parses a Go duration such as `1h15m30.918s` or `500ms`; `nil` for anything else and for more than 64 bits of
    /// nanoseconds.
    package init?(goDuration text: String) {
        var rest = Array(text.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        if rest.elementsEqual("0".utf8) {
            self = .zero
            return
        }
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !(0x30...0x39).contains($0) && $0 != UInt8(ascii: ".") }
            rest = rest.dropFirst(unit.count)
            guard number.contains(where: { $0 != UInt8(ascii: ".") }),
                let value = Double(String(decoding: number, as: UTF8.self)),
                let scale = Self.units[String(decoding: unit, as: UTF8.self)]
            else { return nil }
            total += value * scale
        }
        guard total.rounded() < 9.2e18 else { return nil }
        self = .nanoseconds(Int64((isNegative ? -total : total).rounded()))
    }

    /// The duration in Go's format, such as `1h15m30.918s` or `500ms`, with nanosecond precision.
    package var goText: String {
        let count = nanoseconds.magnitude
        let sign = nanoseconds < 0 ? "-" : ""
        switch count {
        case 0: return "0s"
        case ..<1000: return "\(sign)\(count)ns"
        case ..<1_000_000: return "\(sign)\(Self.decimal(count, digits: 3))µs"
        case ..<1_000_000_000: return "\(sign)\(Self.decimal(count, digits: 6))ms"
        default:
            let minutes = count / 60_000_000_000
            let hours = minutes >= 60 ? "\(minutes / 60)h" : ""
            let rest = minutes > 0 ? "\(minutes % 60)m" : ""
            return sign + hours + rest + Self.decimal(count % 60_000_000_000, digits: 9) + "s"
        }
    }

    /// A number divided by a power of ten, without trailing zeros.
    private static func decimal(_ count: UInt64, digits: Int) -> String {
        let text = String(count)
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        var fraction = padded.suffix(digits)
        while fraction.last == "0" { fraction.removeLast() }
        return padded.dropLast(digits) + (fraction.isEmpty ? "" : ".\(fraction)")
    }

    private static let units: [String: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
    ]
}
