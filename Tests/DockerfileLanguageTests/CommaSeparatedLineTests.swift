import DockerfileLanguage
import Testing

@Suite("A line of comma-separated values")
struct CommaSeparatedLineTests {
    @Test(
        "has fields that may be quoted",
        arguments: [
            ("", [""]), ("a", ["a"]), ("a,b", ["a", "b"]), ("a,,b,", ["a", "", "b", ""]), (" a , b", [" a ", " b"]),
            (#""id=s","src=x""#, ["id=s", "src=x"]), (#""name=a,b",push=true"#, ["name=a,b", "push=true"]),
            (#""a""b""#, [#"a"b"#]), (#""é,ü""#, ["é,ü"]), ("a'b,c'", ["a'b", "c'"]), ("\"\"", [""]),
        ] as [(String, [String])])
    func fields(_ text: String, _ expected: [String]) throws {
        #expect(try CommaSeparatedLine.fields(of: text) == expected)
    }

    @Test(
        "is refused where nobody knows where a field ends",
        arguments: [
            (#"a,"b"#, "is not closed"), (#"name="a,b""#, "inside a value"), (#""a"b"#, "follows a quoted value"),
            (#"""#, "is not closed"), (#""a" ,b"#, "follows a quoted value"),
        ])
    func malformed(_ text: String, _ reason: String) {
        let error = #expect(throws: CommaSeparatedLine.Malformed.self) { try CommaSeparatedLine.fields(of: text) }
        #expect(error?.reason.contains(reason) == true)
    }
}
