import JSON
import Testing

@Suite("JSON that is read")
struct JSONParseTests {
    @Test(
        "has all of its values",
        arguments: [
            ("null", .null), ("true", true), ("[ ]", []), ("{}", [:]),
            (
                " \n\t{\"a\" : [1, -2.5, \"x\", false, null]}\r\n",
                ["a": [1, .real(-2.5), "x", false, .null]]
            ),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            (#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, "\"\\/\u{8}\u{C}\n\r\té😀"), (#""a\u0000b""#, "a\u{0}b"),
            (#"{"b":1,"a":2,"":3}"#, ["b": 1, "a": 2, "": 3]), ("\"\u{2028}\"", "\u{2028}"),
        ] as [(String, JSONValue)])
    func values(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONValue(parsing: text.utf8) == value)
    }

    @Test(
        "is refused for what is wrong with it",
        arguments: [
            ("", "it is empty"), (" \n", "it is empty"), ("<!DOCTYPE html><p>", "it is HTML, not JSON"),
            (" <html>", "it is HTML, not JSON"), (#"{"a":1,"a":2}"#, "duplicate object key"),
            ("{} {}", "end of file expected"),
            ("{\"a\":}", "line 1, column 6"), ("[1,]", "line 1, column 4"), ("-", "invalid token"),
            ("1.", "invalid token"),
            ("1.5.5", "line 1"), ("1.5x", "end of file expected"), ("[1E400 1E400]", "']' expected"),
            ("1e+", "invalid token"),
            ("{1.0:1}", "string or '}' expected"), ("[1", "']' expected"), ("nul", "invalid token"),
            ("\"a", "premature end of input"),
            ("\"\u{1}\"", "control character"), (#"{"a\u0000":1}"#, "NUL byte in object key"),
            (#""\ud800""#, "invalid Unicode"),
            ("01", "invalid token"), ("\u{FEFF}{}", "invalid token"),
        ])
    func refusals(_ text: String, _ reason: String) throws {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text.utf8) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("is refused when it is not UTF-8")
    func encoding() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xC3, 0x28, 0x22]) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0x00, 0x22]) }
    }

    @Test("may be nested 64 deep and no deeper", arguments: ["", "1", "\"a\""])
    func depth(_ core: String) throws {
        func arrays(_ count: Int) -> String {
            String(repeating: "[", count: count) + core + String(repeating: "]", count: count)
        }
        func objects(_ count: Int) -> String {
            String(repeating: "{\"a\":", count: count) + (core.isEmpty ? "null" : core)
                + String(repeating: "}", count: count)
        }
        for text in [arrays(64), objects(64)] { _ = try JSONValue(parsing: text.utf8) }
        for text in [
            arrays(65), objects(65), arrays(10_000), objects(10_000), String(repeating: "[", count: 1_000_000),
        ] {
            #expect(throws: JSONError.self) { try JSONValue(parsing: text.utf8) }
        }
    }

    @Test(
        "has numbers of any size and kind, by their texts",
        arguments: [
            "12345678901234567890", "9223372036854775808", "-9223372036854775809", "1E400", "-1e-400", "1e2", "1.50",
            "-0",
            "0.0", "1E+05", "123456789012345678901234567890.5",
        ])
    func numbers(_ text: String) throws {
        let document = try JSONDocument(
            bytes: Array("{\"a\\\"1.5\": [1, \(text), \"2.5\", {\"b\":\(text)}], \"c\":7}".utf8))
        let number = document.value["c"]
        #expect(number == 7)
        let elements = try #require(document.value["a\"1.5"]?.array)
        #expect(elements[0] == 1 && elements[2] == "2.5")
        #expect(elements[1].kind == "number" && elements[1].integer == nil)
        #expect(elements[1] == elements[3]["b"])
        #expect(document.value.text(.compact) == "{\"a\\\"1.5\":[1,\(text),\"2.5\",{\"b\":\(text)}],\"c\":7}")
    }

    @Test("is wrong in the line and column where it is, whatever numbers stand before")
    func places() {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "[12345678901234567890,\n 1E400, ]".utf8) }
        #expect(error?.description.contains("line 2, column 9") == true, "\(error?.description ?? "")")
    }

    @Test("is kept as it was received")
    func document() throws {
        let bytes = Array(" { \"a\" : 1.0 } \n".utf8)
        let document = try JSONDocument(bytes: bytes)
        #expect(document.bytes == bytes)
        #expect(document.value == ["a": .real(1)])
    }
}
