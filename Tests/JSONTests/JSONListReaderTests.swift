import JSON
import Testing

@Suite("A long list in a JSON object")
struct JSONListReaderTests {
    private func read(
        _ text: String, in sizes: Int, limit: Int = 1 << 20
    ) throws(JSONError) -> (elements: [JSONValue], rest: JSONValue) {
        var reader = JSONListReader("tags", limit: limit)
        let bytes = Array(text.utf8)
        var elements: [JSONValue] = []
        for start in stride(from: 0, to: bytes.count, by: sizes) {
            elements += try reader.take(Array(bytes[start..<min(start + sizes, bytes.count)]))
        }
        return (elements, try reader.finish())
    }

    @Test(
        "is read wherever it is cut",
        arguments: [
            (#"{"tags":["a","b"],"name":"x"}"#, ["a", "b"], #"{"tags":[],"name":"x"}"#),
            (
                #" { "name" : "tags" , "tags" : [ 1 , {"tags":[2,"]"]} , "\"]," ] } "#,
                [1, ["tags": [2, "]"]], "\"],"],
                #"{"name":"tags","tags":[]}"#
            ),
            (#"{"tags":null}"#, [], #"{"tags":null}"#), (#"{"tags":[ ]}"#, [], #"{"tags":[]}"#),
            (
                #"{"list":["a"],"in":{"tags":["b"]},"a":[["tags"]]}"#, [],
                #"{"list":["a"],"in":{"tags":["b"]},"a":[["tags"]]}"#
            ),
            (#"{"t\u0061gs":["a"]}"#, [], #"{"tags":["a"]}"#),
            (#"{"a":"\\","tags":[1E400]}"#, nil, #"{"a":"\\","tags":[]}"#),
        ] as [(String, [JSONValue]?, String)])
    func cuts(text: String, elements: [JSONValue]?, rest: String) throws {
        for size in 1...text.utf8.count {
            let result = try read(text, in: size)
            if let elements { #expect(result.elements == elements) } else { #expect(result.elements.count == 1) }
            #expect(result.rest.text(.compact) == rest)
        }
    }

    @Test("is given out while it comes, and whole")
    func long() throws {
        let count = 20_000
        let text = #"{"tags":[\#((0..<count).map { "\"tag-\($0)\"" }.joined(separator: ", "))]}"#
        let bytes = Array(text.utf8)
        var reader = JSONListReader("tags", limit: 100 << 10)
        let first = try reader.take(Array(bytes[..<(bytes.count / 2)]))
        #expect(first.count > count / 5 && first.first == "tag-0")
        let all = try first + reader.take(Array(bytes[(bytes.count / 2)...]))
        #expect(all.count == count && all.last == .string("tag-\(count - 1)"))
        #expect(try reader.finish() == ["tags": []])
    }

    @Test(
        "is refused for what is wrong with it",
        arguments: [
            #"{"tags":["a",]}"#, #"{"tags":[,"a"]}"#, #"{"tags":["a" "b"]}"#, #"{"tags":["a"}"#, #"{"tags":["a"]"#,
            #"{"tags":[],"tags":[]}"#, #"{"tags" ["a"]}"#, #"{"tags":["a"]]}"#, "", "<html>", #"{"tags":["a}"#,
            "[]", #""tags""#, "null",
        ])
    func refusals(text: String) {
        for size in 1...max(1, text.utf8.count) {
            #expect(throws: JSONError.self) { try read(text, in: size) }
        }
    }

    @Test("has no value that is missing or too large, wherever a batch ends")
    func batches() {
        let many = (0..<20_000).map { "\"\($0)\"" }.joined(separator: ",")
        for text in ["{\"tags\":[\(many),]}", "{\"tags\":[\(many), , 1]}", "{\"tags\":[\(many),,\(many)]}"] {
            #expect(throws: JSONError.self) { try read(text, in: 4096) }
        }
        let large = String(repeating: "x", count: 5000)
        for text in ["{\"tags\":[\"\(large)\"]}", "{\"\(large)\":[]}"] {
            #expect(throws: JSONError.self) { try read(text, in: 100, limit: 4096) }
        }
    }
}
