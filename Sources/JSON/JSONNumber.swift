/// A number other than a 64-bit integer, as its original text (RFC 8259, section 6).
///
/// Two numbers are equal when their texts are: `1.0` is not `1.00`.
package struct JSONNumber: Sendable, Hashable {
    package let text: String

    init(text: String) {
        self.text = text
    }

    /// - Parameter value: A finite number.
    package init(_ value: Double) {
        precondition(value.isFinite, "JSON has no number for \(value)")
        text = "\(value)"
    }

    /// The nearest double; infinite if the number is out of range.
    package var value: Double { Double(text) ?? .nan }
}

/// The numbers of a JSON text that jansson cannot preserve: it keeps 64-bit integers and doubles, but no texts.
struct UnusualNumbers {
    /// The index of each one among all numbers of the text, and its text; in order.
    private(set) var texts: [(ordinal: Int, text: String)] = []

    /// Replaces the numbers in a text by zeros, padded with spaces so that lines and columns stay the same. Malformed
    /// numbers are left for jansson to reject.
    init(takenFrom text: inout ContiguousArray<UInt8>) {
        text.withUnsafeMutableBufferPointer { take(from: $0) }
    }

    private mutating func take(from text: UnsafeMutableBufferPointer<UInt8>) {
        var position = 0
        var ordinal = 0
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\""):
                position = Self.endOfString(text, from: position + 1)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let start = position
                while position < text.count, Self.isNumberPart(text[position]) { position += 1 }
                let number = UnsafeMutableBufferPointer(rebasing: text[start..<position])
                if !Self.isPlain(number), Self.isNumber(number) {
                    let original = String(decoding: number, as: UTF8.self)
                    if Int64(original) == nil || original == "-0" {
                        texts.append((ordinal, original))
                        number.update(repeating: UInt8(ascii: " "))
                        number[0] = UInt8(ascii: "0")
                    }
                }
                ordinal += 1
            default:
                position += 1
            }
        }
    }

    /// The position after the quotation mark that ends a string.
    private static func endOfString(_ text: UnsafeMutableBufferPointer<UInt8>, from start: Int) -> Int {
        var position = start
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\""): return position + 1
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        return text.count
    }

    private static func isNumberPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Returns true for at most 18 digits, which always are a 64-bit integer.
    private static func isPlain(_ number: UnsafeMutableBufferPointer<UInt8>) -> Bool {
        number.count <= 18 && number.allSatisfy(isDigit)
    }

    /// `number = [ minus ] int [ frac ] [ exp ]`
    private static func isNumber(_ number: UnsafeMutableBufferPointer<UInt8>) -> Bool {
        var rest = number[...]
        func take(_ characters: Unicode.Scalar...) -> Bool {
            guard let first = rest.first, characters.contains(Unicode.Scalar(first)) else { return false }
            rest = rest.dropFirst()
            return true
        }
        func takeDigits() -> Bool {
            let before = rest.count
            rest = rest.drop(while: isDigit)
            return rest.count < before
        }
        _ = take("-")
        guard take("0") || takeDigits() else { return false }
        if take("."), !takeDigits() { return false }
        if take("e", "E") {
            _ = take("+", "-")
            guard takeDigits() else { return false }
        }
        return rest.isEmpty
    }
}
