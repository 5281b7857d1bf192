internal import JSON

/// Go's functions that escape text for another language.
extension TemplateFunction {
    static let escapes = [
        TemplateFunction("html", 1...Int.max, .json { .string(escaped($0, html)) }),
        TemplateFunction("js", 1...Int.max, .json { .string(escaped($0, javaScript)) }),
        TemplateFunction("urlquery", 1...Int.max, .json { .string(queryEscaped(GoText.printed($0))) }),
    ]

    private static func escaped(_ values: [JSONValue], _ escape: (Unicode.Scalar) -> String?) -> String {
        GoText.printed(values).unicodeScalars.map { escape($0) ?? String(Character($0)) }.joined()
    }

    private static func html(_ scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case "\"": "&#34;"
        case "'": "&#39;"
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\u{0}": "\u{FFFD}"
        default: nil
        }
    }

    private static func javaScript(_ scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case "\\": return "\\\\"
        case "'": return "\\'"
        case "\"": return "\\\""
        case "<", ">", "&", "=", "\u{0}"..<" ", "\u{7F}"..<"\u{A0}", "\u{2028}", "\u{2029}":
            let digits = String(scalar.value, radix: 16, uppercase: true)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: return nil
        }
    }

    /// Go's `url.QueryEscape`: everything but unreserved characters (RFC 3986, section 2.3), spaces as `+`.
    private static func queryEscaped(_ text: String) -> String {
        text.utf8.map { byte -> String in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                return String(Character(Unicode.Scalar(byte)))
            case UInt8(ascii: " "): return "+"
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                return "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }.joined()
    }
}
