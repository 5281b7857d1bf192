import DockerfileLanguage
import Testing

/// A word that stands nowhere in particular.
func word(_ text: String, escape: EscapeCharacter = .backslash) -> Word {
    let start = SourcePosition(line: 1, column: 1)
    let source = SourceText(name: "Dockerfile", lines: [text])
    return Word(text, at: SourceRange(source: source, start: start, end: start), escape: escape)
}

@Suite("A word")
struct ExpansionTests {
    private static let environment: Environment = ["PWD": "/home", "SHELL": "bash", "KOREAN": "한국어", "NULL": ""]

    private func check(_ text: String, _ expected: String?, in environment: Environment) {
        let result = try? word(text).expanded(in: environment).text
        #expect(result == expected, "\(text)")
    }

    @Test(
        "loses its quotes and escapes as in a shell",
        arguments: [
            ("hello", "hello"), ("he'll'o", "hello"), ("he'llo", nil), ("he\\'llo", "he'llo"), ("he\\\\'llo", nil),
            ("abc\\tdef", "abctdef"), ("\"abc\\tdef\"", "abc\\tdef"), ("\"abc\\\\tdef\"", "abc\\tdef"),
            ("'abc\\tdef'", "abc\\tdef"), ("hello\\", "hello"), ("hello\\\\", "hello\\"), ("\"hello", nil),
            ("\"hello\\\"", nil), ("\"hel'lo\"", "hel'lo"), ("'hello", nil), ("'hello\\'", "hello\\"),
            ("'hello\\there'", "hello\\there"), ("'hello\\\\there'", "hello\\\\there"), ("\"''\"", "''"),
            ("안녕하세요", "안녕하세요"), ("안'녕'하세요", "안녕하세요"), ("안'녕하세요", nil), ("안녕\\'하세요", "안녕'하세요"),
            ("안\\\\'녕하세요", nil), ("\"안녕\\t하세요\"", "안녕\\t하세요"), ("'안녕\\t하세요", nil), ("안녕하세요\\", "안녕하세요"),
            ("'\"hello\"'", "\"hello\""), ("a  b", "a  b"), ("", ""), ("''", ""),
        ] as [(String, String?)])
    func quotes(_ text: String, _ expected: String?) {
        check(text, expected, in: Self.environment)
    }

    @Test(
        "has its variables replaced",
        arguments: [
            ("$.", "$."), ("$", "$"), ("he$1x", "hex"), ("he$.x", "he$.x"), ("he$pwd.", "he."), ("he$PWD", "he/home"),
            ("he\\$PWD", "he$PWD"), ("he\\\\$PWD", "he\\/home"), ("\"he\\$PWD\"", "he$PWD"),
            ("\"he\\\\$PWD\"", "he\\/home"), ("\\${}", "${}"), ("\\${}aaa", "${}aaa"), ("he\\${}", "he${}"),
            ("he\\${}xx", "he${}xx"), ("${}", nil), ("${}aaa", nil), ("he${}", nil), ("he${}xx", nil),
            ("he${hi}", "he"), ("he${hi}xx", "hexx"), ("he${PWD}", "he/home"), ("he${.}", nil), ("he${PWD", nil),
            ("'he${XX}'", "he${XX}"), ("\"he${PWD}\"", "he/home"), ("\"he'$PWD'\"", "he'/home'"),
            ("\"$PWD\"", "/home"), ("'$PWD'", "$PWD"), ("'\\$PWD'", "\\$PWD"), ("'he\\$PWD'", "he\\$PWD"),
            ("$KOREAN", "한국어"), ("안녕$KOREAN", "안녕한국어"), ("안녕${KOREAN}요", "안녕한국어요"), ("$PWD안", ""),
            ("${{aaa}", nil), ("${aaa}}", "}"), ("${aaa", nil), ("${", nil), ("$$x", "x"), ("$@", ""), ("$#a", "a"),
            ("$PWD$SHELL", "/homebash"), ("$PWD/$SHELL", "/home/bash"), ("$12a", "a"), ("${NULL}", ""),
        ] as [(String, String?)])
    func variables(_ text: String, _ expected: String?) {
        check(text, expected, in: Self.environment)
    }

    @Test(
        "knows every substitution",
        arguments: [
            ("he${XXX:-000}xx", "he000xx"), ("he${PWD:-000}xx", "he/homexx"), ("he${XXX:-$PWD}xx", "he/homexx"),
            ("he${XXX:-${PWD:-yyy}}xx", "he/homexx"), ("he${XXX:-${YYY:-yyy}}xx", "heyyyxx"), ("he${XXX:YYY}", nil),
            ("he${XXX?}", nil), ("he${XXX:?}", nil), ("he${PWD?}", "he/home"), ("he${PWD:?}", "he/home"),
            ("he${NULL?}", "he"), ("he${NULL:?}", nil), ("he${XXX:+${PWD}}xx", "hexx"),
            ("he${PWD:+${XXX}}xx", "hexx"), ("he${PWD:+${SHELL}}xx", "hebashxx"), ("he${XXX:+000}xx", "hexx"),
            ("he${PWD:+000}xx", "he000xx"), ("he${XXX-000}xx", "he000xx"), ("he${NULL-000}xx", "hexx"),
            ("he${NULL:-000}xx", "he000xx"), ("he${NULL+000}xx", "he000xx"), ("he${NULL:+000}xx", "hexx"),
            ("he${XXX+000}xx", "hexx"), ("he${PWD:=000}xx", nil), ("he${PWD=000}xx", nil),
            ("he${PWD:+${PWD}:}xx", "he/home:xx"), ("he${XXX:-\\$PWD:}xx", "he$PWD:xx"),
            ("he${XXX:-\\${PWD}z}xx", "he${PWDz}xx"), ("${XXX:-'a b'}", "a b"), ("${XXX:-\"}\"}", "}"),
            ("${XXX:-", nil), ("${XXX:", nil), ("${XXX:-'a}", nil), ("${XXX:", nil), ("${XXX:-}", ""),
        ] as [(String, String?)])
    func substitutions(_ text: String, _ expected: String?) {
        check(text, expected, in: Self.environment)
    }

    @Test(
        "cuts and replaces by patterns",
        arguments: [
            ("${FOO#()[]{\\}^$.\\*\\?|\\\\}", "()[]{}^$.*?|\\x", "", "x"), ("${FOO%%\\**}", "xx**", "", "xx"),
            ("${FOO#*x*y}", "xxyy", "", "y"), ("${FOO##*x*y}", "xxyy", "", ""), ("${FOO#*}", "xxyy", "", "xxyy"),
            ("${FOO##*}", "xxyy", "", ""), ("${FOO#$BAR}", "xxyy", "x", "xyy"), ("${FOO#$BAR}", "xxyy", "", "xxyy"),
            ("${FOO#}", "xxyy", "", "xxyy"), ("${FOO##*x}", "xxyy", "", "yy"), ("${FOO##}", "xxyy", "", "xxyy"),
            ("${FOO#?\\?}", "???y", "", "?y"), ("${FOO%x}", "xxyy", "", "xxyy"), ("${FOO%y}", "xxyy", "", "xxy"),
            ("${FOO%%y*}", "xxyy", "", "xx"), ("${FOO%%\\**\\*}", "a***yy*", "", "a"), ("${FOO%}", "xxyy", "", "xxyy"),
            ("${FOO%%$BAR}", "xxyy", "", "xxyy"), ("${FOO%.*}", "a.b.c", "", "a.b"), ("${FOO%%.*}", "a.b.c", "", "a"),
            ("${FOO#*.}", "a.b.c", "", "b.c"), ("${FOO##*.}", "a.b.c", "", "c"),
            ("${FOO##linux/}", "linux/arm", "", "arm"),
            ("${FOO/$BAR/.}", "/foo*/*/*.txt", "\\*/", "/foo.*/*.txt"),
            ("${FOO//$BAR/.}", "/foo*/*/*.txt", "\\*/", "/foo..*.txt"),
            ("${FOO/$BAR/}", "/tmp/tmp/bar.txt", "/tmp", "/tmp/bar.txt"),
            ("${FOO//$BAR/}", "/tmp/tmp/bar.txt", "/tmp", "/bar.txt"),
            ("${FOO/$BAR//}", "/a/foo/b/c.txt", "/?/", "/foo/b/c.txt"),
            ("${FOO//$BAR//}", "/a/foo/b/c.txt", "/?/", "/foo/c.txt"),
            ("${FOO/$BAR/https://}", "http://google.de", "http://", "https://google.de"),
            ("${FOO//\\//\\/}", "/tmp/foo.txt", "", "\\/tmp\\/foo.txt"), ("${FOO/$BAR/ww}", "xxyy", "", "wwxxyy"),
            ("${FOO//$BAR/-}", "ab", "", "-a-b-"), ("${FOO//?/-}", "ab", "", "--"), ("${FOO//a*/-}", "babab", "", "b-"),
            ("${FOO//ww}", "xxyy", "", nil), ("${FOO//}", "xxyy", "", nil), ("${FOO///}", "xxyy", "", "xxyy"),
            ("${FOO#\\x}", "xxyy", "", nil), ("${FOO#👽}", "👽🚀", "", "🚀"), ("${FOO%🚀}", "👽🚀", "", "👽"),
        ] as [(String, String, String, String?)])
    func patterns(_ text: String, _ foo: String, _ bar: String, _ expected: String?) {
        check(text, expected, in: ["FOO": foo, "BAR": bar])
    }

    @Test("says which variables it used and which were not set")
    func names() throws {
        let environment: Environment = ["FOO": "xxx", "BAR": ""]
        let expansion = try word("${FOO-aaa} ${BAR-bbb} ${BAZ-$QUX}").expanded(in: environment)
        #expect(expansion.text == "xxx  ")
        #expect(expansion.used == ["FOO", "BAR"])
        #expect(expansion.unset == ["BAZ", "QUX"])
        #expect(word("${A:?b} '$C' \"$D\" ${E/$F/$G}").variables == ["A", "D", "E", "F", "G"])
        #expect(word("plain").isPlain)
        #expect(!word("a\\b").isPlain)
        #expect(word("a\\b", escape: .backtick).isPlain)
    }

    @Test(
        "falls into words at the spaces that are not quoted, after its variables have been replaced",
        arguments: [
            ("hello", ["hello"]), ("hello bye", ["hello", "bye"]), ("  hello\tbye ", ["hello", "bye"]),
            ("hello${hi}bye", ["hellobye"]), ("hello$hi", ["hello"]), ("$hi", []), ("\"hello bye\"", ["hello bye"]),
            ("\"hello\\ bye\"", ["hello\\ bye"]), ("hello\\ bye", ["hello bye"]), ("$two", ["a", "b"]),
            ("x$two", ["xa", "b"]), ("\"$two\"", ["a b"]), ("'$two'x", ["$twox"]), ("$two$two", ["a", "ba", "b"]),
            ("", []), ("80 $two/udp", ["80", "a", "b/udp"]),
        ] as [(String, [String])])
    func words(_ text: String, _ expected: [String]) throws {
        #expect(try word(text).expanded(in: ["two": "a b"]).words == expected)
    }

    @Test("is escaped by what the file says")
    func backtick() throws {
        #expect(try word("c:\\$PWD\\`$PWD", escape: .backtick).expanded(in: ["PWD": "x"]).text == "c:\\x\\$PWD")
    }

    @Test("is refused with what it is missing")
    func messages() {
        let error = #expect(throws: DockerfileError.self) {
            try word("${VERSION:?say which $WHAT}").expanded(in: ["WHAT": "one"])
        }
        #expect(
            error?.description
                == "Dockerfile:1:1: VERSION: say which one; give it with --build-arg VERSION=VALUE")
        #expect(throws: DockerfileError.self) {
            try word(String(repeating: "${a:-", count: 5000) + String(repeating: "}", count: 5000)).expanded(in: [:])
        }
    }
}

@Suite("An environment")
struct EnvironmentTests {
    @Test("keeps the order in which its variables were set first")
    func order() {
        var environment = Environment(["B=1", "A=2=3", "C", "B=4"])
        #expect(environment.list == ["B=4", "A=2=3", "C="])
        environment["A"] = nil
        environment["A"] = "5"
        environment["Z"] = nil
        #expect(environment.list == ["B=4", "C=", "A=5"])
    }
}
