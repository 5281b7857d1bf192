import Spelling
import Testing

@Suite("Text of strangers")
struct EscapedTextTests {
    @Test(
        "is shown without anything that a terminal would obey",
        arguments: [
            ("", ""), ("plain", "plain"), ("grün 😀 日本", "grün 😀 日本"), ("\u{1B}[2J", #"\x1b[2J"#),
            ("a\u{7}b", #"a\x07b"#),
            ("a\r\nb\tc", #"a\r\nb\tc"#), ("\u{9B}2J", #"\x9b2J"#), ("\u{85}", #"\x85"#), ("\u{7F}\u{0}", #"\x7f\x00"#),
            ("a\u{2028}b\u{2029}", #"a\u{2028}b\u{2029}"#), ("\u{202E}gpj.exe", #"\u{202e}gpj.exe"#),
            ("e\u{1B}\u{301}", "e\\x1b\u{301}"), ("\u{E0041}", #"\u{e0041}"#), ("👨‍👩‍👧", "👨‍👩‍👧"),
        ])
    func escapes(text: String, expected: String) {
        #expect(text.escaped == expected)
    }

    @Test func `may keep its lines and tabs`() {
        #expect("a\tb\r\n\u{1B}c".escapedLines == "a\tb\\r\n\\x1bc")
        #expect("a\tb\n".escapedLine == "a\tb\\n")
    }
}
