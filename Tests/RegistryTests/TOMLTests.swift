import JSON
import Testing

@testable import Registry

@Suite("TOML documents")
struct TOMLTests {
    private static let readable: [(String, String)] = [
        ("", "{}"), ("# nothing", "{}"), ("\u{FEFF}a=1", #"{"a":1}"#),
        ("a = 1 # one\r\nb = \"x\"\r\n", #"{"a":1,"b":"x"}"#),
        ("[[r]]\nx = [1, [2, 3,], # c\n 'four']\n[[r.m]]\n[[r]]", #"{"r":[{"m":[{}],"x":[1,[2,3],"four"]},{}]}"#),
        ("[a.b]\n[a]\nc = 1", #"{"a":{"b":{},"c":1}}"#),
        ("# \u{e9}\nb = 'x' # \u{1F600}", #"{"b":"x"}"#),
    ]

    @Test("are read as version 1.0 says", arguments: readable)
    func good(text: String, expected: String) throws {
        #expect(try JSONValue(toml: Array(text.utf8)).text(.compact) == expected)
    }

    private static let malformed = [
        "[", "[\n", "[[", "[[a]", "[a", "[a]]", "[]", "[.a]", "[a.]", "[a b]", "[a] b", "[a\n]", "x[\n", "é[\n",
        "é = 1",
        "a", "a =", "a = \n", "= 1", "a = 1 b = 2", "a = [", "a = [1", "a = [1 2]", "a = [,]", "a = {", "a = {b = 1",
        "a = {b = 1,}", "a = {b = 1\n}", "a = {,}", "a = \"", "a = \"x\ny\"", "a = 'x", "a = \"\"\"x", "a = '''x''",
        "a = \"\\x\"", "a = \"\\u12\"", "a = \"\\ud800\"", "a = \"\\", "a = \"\u{1}\"", "# \u{1}", "a = 01", "a = 1__0",
        "a = _1", "a = 0x", "a = 0xG", "a = -0x1", "a = 1.", "a = .5", "a = 1e", "a = 9223372036854775808", "a = True",
        "a = 2000-13-01", "a = 2001-02-29", "a = 25:00:00", "a = 2000-01-01T", "a = 07:32", "a = 1\na = 2",
        "a = 1\na.b = 2", "[a]\n[a]", "a.b = 1\n[a]", "[a.b]\n[a]\nb.c = 1", "[[a]]\n[a]", "a = []\n[[a]]",
        "a = {}\n[a.b]",
        "a = {b = 1}\na.c = 1", "a = \"\"\"\"\"\"\"\"\"", "a = 1\rb = 2", "a = nil", "\"\"\"a\"\"\" = 1", "a = +inf1",
    ]

    @Test("that are malformed are an error, whatever the parser makes of them", arguments: malformed)
    func bad(text: String) throws {
        let error = #expect(throws: TOMLError.self) { try JSONValue(toml: Array(text.utf8)) }
        #expect(error?.description.isEmpty == false)
    }

    @Test func `that are nested too deep are an error`() throws {
        for text in [
            "a = " + String(repeating: "[", count: 100_000), String(repeating: "a.", count: 100_000) + "a = 1",
            "a = " + String(repeating: "{a=", count: 100_000), "[" + String(repeating: "a.", count: 100_000) + "a]",
        ] {
            #expect(throws: TOMLError.self) { try JSONValue(toml: Array(text.utf8)) }
        }
    }

    /// Cut, joined and changed documents, which never end the program.
    @Test func `of any bytes are read or refused`() throws {
        let samples = (Self.readable.map(\.0) + Self.malformed).map { Array($0.utf8) }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            var bytes = samples.randomElement(using: &random) ?? []
            bytes += samples.randomElement(using: &random)?.suffix(Int.random(in: 0...20)) ?? []
            for _ in 0..<Int.random(in: 0...4) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count)
                switch Int.random(in: 0...2) {
                case 0: bytes.remove(at: place)
                case 1: bytes[place] = .random(in: 0...255)
                default: bytes.insert(Array("[]{}=.,'\"\n\\#".utf8).randomElement() ?? 0, at: place)
                }
            }
            do { _ = try JSONValue(toml: bytes) } catch { #expect(!"\(error)".isEmpty, "\(bytes)") }
        }
    }
}
