import JSON
import Testing
import YAML

@Suite("A YAML text")
struct YAMLDocumentTests {
    private func parse(_ text: String) throws -> JSONValue { try YAMLDocument.parse(Array(text.utf8)) }

    @Test func `is arrays, objects and strings`() throws {
        let value = try parse(
            """
            # a comment
            version: 1
            list: [a, "b c", 'd']
            nested:
              - name: x
                tags: {allow: [1.10, "3"], none: }
              - text: |
                  two
                  lines
            """)
        let expected: JSONValue = [
            "version": "1", "list": ["a", "b c", "d"],
            "nested": [
                ["name": "x", "tags": ["allow": ["1.10", "3"], "none": .null]], ["text": "two\nlines"],
            ],
        ]
        #expect(value == expected)
    }

    @Test func `may be empty`() throws {
        #expect(try parse("") == .null)
        #expect(try parse("# nothing\n") == .null)
        #expect(try parse("~") == .null)
        #expect(try parse("'~'") == "~")
    }

    @Test func `names a value and uses it again, or merges it`() throws {
        let value = try parse("base: &b {x: 1, y: 2}\nsame: *b\nmore: {<<: *b, y: 3}\n")
        #expect(value["same"] == ["x": "1", "y": "2"])
        #expect(value["more"] == ["y": "3", "x": "1"])
    }

    @Test(
        "is refused with its line when it is wrong",
        arguments: [
            ("a: [1\nb: 2\n", 2), ("a: 1\na: 2\n", 2), ("a: *none\n", 1), ("a: 1\n---\nb: 2\n", 2), ("\ta: 1\n", 1),
            ("? [a]\n: b\n", 1),
        ])
    func refusal(text: String, line: Int) {
        #expect { try parse(text) } throws: { error in (error as? YAMLError)?.line == line }
    }

    @Test func `is bounded in depth, and in what aliases add up to`() {
        #expect(throws: YAMLError.self) { try parse(String(repeating: "[", count: 100)) }
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<9 {
            let all = [String](repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            bomb += "a\(level): &a\(level) [\(all)]\n"
        }
        #expect { try parse(bomb) } throws: { error in (error as? YAMLError)?.problem.contains("200000") ?? false }
    }
}
