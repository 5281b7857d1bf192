import JSON
import Testing

@testable import Registry

@Suite("TOML documents")
struct TOMLTests {
    private static let readable: [(String, String)] = [
        ("", "{}"), ("# nothing", "{}"), ("\u{FEFF}a=1", #"{"a":1}"#),
        ("a = 1 # one\r\nb = \"x\"\r\n", #"{"a":1,"b":"x"}"#),
        ("a.b.c = true\na.\"d e\" = false", #"{"a":{"b":{"c":true},"d e":false}}"#),
        ("[[r]]\nx = [1, [2, 3,], # c\n 'four']\n[[r.m]]\n[[r]]", #"{"r":[{"x":[1,[2,3],"four"],"m":[{}]},{}]}"#),
        ("a = {b.c = 1, d = {}, e = [{f = '\\n'}]}", #"{"a":{"b":{"c":1},"d":{},"e":[{"f":"\\n"}]}}"#),
        ("[a.b]\n[a]\nc = 1", #"{"a":{"b":{},"c":1}}"#),
        ("a = \"\\u00e9\\U0001F600\\t\\\"\\\\\"", #"{"a":"é😀\t\"\\"}"#),
        ("a = \"\"\"\nx \\\n   y\"\"\"\"\"\nb = '''\n'x'''''", #"{"a":"x y\"\"","b":"'x''"}"#),
        ("a = 0xFF\nb = 0o17\nc = 0b101\nd = -1_000\ne = +0", #"{"a":255,"b":15,"c":5,"d":-1000,"e":0}"#),
        ("a = 9223372036854775807\nb = -9223372036854775808", #"{"a":9223372036854775807,"b":-9223372036854775808}"#),
        ("a = 1.5e3\nb = -0.25\nc = 1e2", #"{"a":1500.0,"b":-0.25,"c":100.0}"#),
        (
            "a = 1979-05-27T07:32:00.9-07:00\nb = 07:32:00\nc = 2000-02-29 01:00:00Z\nd = 2001-01-01",
            #"{"a":"1979-05-27T07:32:00.9-07:00","b":"07:32:00","c":"2000-02-29 01:00:00Z","d":"2001-01-01"}"#
        ),
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

    @Test("that are malformed are an error with its place", arguments: malformed)
    func bad(text: String) throws {
        let error = #expect(throws: TOMLError.self) { try JSONValue(toml: Array(text.utf8)) }
        #expect(error?.description.contains(#/^line [0-9]+, column [0-9]+: /#) == true, "\(error?.description ?? "")")
    }

    @Test(
        "that are no text are an error",
        arguments: [[0xFF], [0x61, 0x3D, 0x22, 0xC3, 0x22], [0xEF, 0xBB], [0]] as [[UInt8]])
    func noText(bytes: [UInt8]) throws {
        #expect(throws: TOMLError.self) { try JSONValue(toml: bytes) }
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
            do { _ = try JSONValue(toml: bytes) } catch { #expect(!error.description.isEmpty, "\(bytes)") }
        }
    }
}
