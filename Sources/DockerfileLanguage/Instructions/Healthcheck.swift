/// HEALTHCHECK.
package struct Healthcheck: Hashable, Sendable {
    /// What is executed; `nil` is NONE, which takes away what the base image has.
    package let command: Command?
    /// The options; zero where the runtime decides.
    package var interval = Duration.zero
    package var timeout = Duration.zero
    package var startPeriod = Duration.zero
    package var startInterval = Duration.zero
    package var retries = 0

    /// What the image's configuration has as `Test`.
    package var test: [String] {
        switch command {
        case nil: ["NONE"]
        case .shell(let text): ["CMD-SHELL", text]
        case .exec(let arguments): ["CMD"] + arguments
        }
    }
}

extension Duration {
    /// The nanoseconds, as an image's configuration counts.
    package var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }

    /// Reads a duration as Go writes it, such as `1h15m30.918s` or `500ms`; `nil` for anything else and for more than
    /// 64 bits of nanoseconds.
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

    private static let units: [String: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
    ]
}
