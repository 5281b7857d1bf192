import JSON
import Testing

@Suite("JSON that is written")
struct JSONWriteTests {
    /// The texts are what Go's `json.Marshal` makes of the same values.
    @Test(
        "has the bytes of Go's encoder",
        arguments: [
            (.null, "null"), (true, "true"), (-5, "-5"), (.integer(.max), "9223372036854775807"), (.real(1.5), "1.5"),
            ([], "[]"), ([:], "{}"), (["b": 1, "a": [2]], #"{"b":1,"a":[2]}"#), ("é😀/", "\"é😀/\""),
            ("<a>&", #""\u003ca\u003e\u0026""#), ("\u{2028}\u{2029}", #""\u2028\u2029""#),
            ("\"\\\n\r\t\u{8}\u{C}\u{0}\u{1F}\u{7F}", "\"\\\"\\\\\\n\\r\\t\\b\\f\\u0000\\u001f\u{7F}\""),
        ] as [(JSONValue, String)])
    func compact(_ value: JSONValue, _ text: String) throws {
        #expect(value.text(.compact) == text)
        #expect(try JSONValue(parsing: value.bytes(.compact)) == value)
        #expect(try JSONValue(parsing: value.bytes(.indented)) == value)
    }

    @Test("is indented by two spaces, with nothing in what is empty and no newline at the end")
    func indented() {
        let value: JSONValue = ["a": [1, ["b": "c"]], "d": [], "e": [:]]
        #expect(
            value.text() == """
                {
                  "a": [
                    1,
                    {
                      "b": "c"
                    }
                  ],
                  "d": [],
                  "e": {}
                }
                """)
        #expect(JSONDocument(value).bytes == value.bytes(.indented))
        #expect(JSONDocument(value, layout: .compact).bytes == value.bytes(.compact))
    }
}

@Suite("A JSON object")
struct JSONObjectTests {
    @Test("keeps the order of its members")
    func members() {
        var object = JSONObject([.init("b", 1), .init("a", 2)])
        object["c"] = 3
        object["b"] = 4
        #expect(object.members.map(\.name) == ["b", "a", "c"])
        #expect(object["b"] == 4)
        object["a"] = nil
        object["missing"] = nil
        #expect(object.members.map(\.name) == ["b", "c"])
        #expect(!object.isEmpty)
    }

    @Test("can be sorted by the bytes of its names")
    func sorting() {
        let object = JSONObject(["é", "b", "B", "a.b", "a"].map { .init($0, .null) })
        #expect(object.sorted.members.map(\.name) == ["B", "a", "a.b", "b", "é"])
    }

    @Test("says of each value what it is")
    func kinds() {
        let values: [JSONValue] = [.null, true, 1, .real(1), "", [], [:]]
        #expect(values.map(\.kind) == ["null", "boolean", "number", "number", "string", "array", "object"])
        #expect(values.map { $0["a"] } == Array(repeating: nil, count: 7))
    }
}
