import JSON
import Terminal
import Testing

@Suite("Templates over values of known types")
struct TemplateTypeTests {
    private static let inner = TemplateType.structure([
        TemplateField("OS", "os", .string, isOptional: false), TemplateField("OSVersion", "os.version", .string),
        TemplateField("Features", "features", .list(.string)),
    ])

    private static let outer = TemplateType.structure([
        TemplateField("Name", "name", .string), TemplateField("Digest", "digest", .digest),
        TemplateField("Size", "size", .integer, isOptional: false),
        TemplateField("Created", "created", .pointer(.time)),
        TemplateField("Platform", "platform", .pointer(inner)), TemplateField("Labels", "labels", .map(.string)),
        TemplateField("Ports", "ports", .map(.structure([]))), TemplateField("IsLast", "last", .boolean),
        TemplateField(embedding: "Base", [TemplateField("Kind", "kind", .string)]),
        TemplateField("Parts", "parts", .list(inner)), TemplateField("Anything", "any", .any),
    ])

    private static let value: JSONValue = [
        "size": 5, "unknown": 7, "digest": "sha256:ab", "name": "n", "created": "2023-04-05T06:07:08.500Z",
        "labels": ["b": "2", "a": "1"], "ports": ["80/tcp": [:]], "kind": "k", "void": .null,
        "parts": [["os": "linux"], ["features": ["x", "y"], "os.version": "10", "os": "windows", "more": true]],
        "any": ["z": 1, "a": [.null, 1]],
    ]

    private func render(_ template: String, _ value: JSONValue = Self.value) async throws -> String {
        try await Template(parsing: template).render(.typed(value, Self.outer))
    }

    @Test(
        "have every field of their type",
        arguments: [
            ("{{.Name}} {{.name}} {{.Kind}} {{.IsLast}} {{.Size}}", "n n k false 5"), ("{{.Unknown}}", "7"),
            (
                "{{.Digest.Algorithm}} {{.Digest.Encoded}} {{.Digest.Hex}} {{.Digest.String}} {{.Digest}}",
                "sha256 ab ab sha256:ab sha256:ab"
            ),
            ("{{.Platform}}|{{if .Platform}}yes{{else}}no{{end}}|{{json .Platform}}", "<nil>|no|null"),
            ("{{.Created}}", "2023-04-05 06:07:08.5 +0000 UTC"),
            ("{{.Labels.a}}{{index .Labels \"none\"}}|{{index .Labels \"b\"}}|{{.Labels.none}}", "1|2|<no value>"),
            ("{{range .Parts}}{{.OS}}{{.OSVersion}}{{.Features}} {{end}}", "linux[] windows10[x y] "),
            (
                "{{range $k, $v := .Labels}}{{$k}}{{$v}}{{end}}{{range (index .Parts 0).Features}}{{else}}none{{end}}",
                "a1b2none"
            ),
            (
                "{{len .Parts}}{{len .Labels}}{{len .Name}}{{(index .Parts 1).OS}}{{len (index .Parts 0).Features}}",
                "221windows0"
            ),
            ("{{.Anything}} {{.Anything.none}} {{.Anything.z}}", "map[a:[<nil> 1] z:1] <no value> 1"),
            ("{{index .Parts 1}} {{.Ports}}", "{windows 10 [x y]} map[80/tcp:{}]"),
            (
                "{{.}}",
                "{n sha256:ab 5 2023-04-05 06:07:08.5 +0000 UTC <nil> map[a:1 b:2] map[80/tcp:{}] false {k} [{linux  []} {windows 10 [x y]}] map[a:[<nil> 1] z:1]}"
            ),
            (
                "{{eq .Name \"n\"}}{{eq .Labels.none \"\"}}{{printf \"%s %5d\" .Digest .Size}}",
                "truetruesha256:ab     5"
            ),
        ])
    func fields(_ template: String, _ expected: String) async throws {
        #expect(try await render(template) == expected)
    }

    @Test("are zero where nothing is there")
    func zero() async throws {
        #expect(try await render("{{.}}", [:]) == "{  0 <nil> <nil> map[] map[] false {} [] <nil>}")
        #expect(try await render("{{json .}}", [:]) == "{\n  \"size\": 0\n}")
        #expect(try await render("{{.Name}}{{.Parts}}{{.IsLast}}{{.Anything}}", .null) == "[]false<no value>")
    }

    @Test("are written as Go writes them, with what the type does not know at the end")
    func json() async throws {
        let text = try await render("{{json .}}")
        #expect(
            try JSONValue(parsing: text.utf8).text(.compact) == """
                {"name":"n","digest":"sha256:ab","size":5,"created":"2023-04-05T06:07:08.5Z",\
                "labels":{"a":"1","b":"2"},"ports":{"80/tcp":{}},"kind":"k",\
                "parts":[{"os":"linux"},{"os":"windows","os.version":"10","features":["x","y"],"more":true}],\
                "any":{"a":[null,1],"z":1},"unknown":7}
                """)
    }

    @Test(
        "say which fields cannot be",
        arguments: [
            ("{{.Nam}}", "there is no field .Nam, did you mean .Name?"),
            (
                "{{range .Parts}}{{.Architecture}}{{end}}",
                "there is no field .Architecture; there are OS, OSVersion, Features"
            ),
            ("{{.Platform.OS}}", "nothing has no field .OS"), ("{{.Name.X}}", "a string has no field .X"),
            ("{{.Digest.Foo}}", "there is no field .Foo; there are Algorithm, Encoded, Hex, String"),
            ("{{.Size.X}}", "a number has no field .X"), ("{{.Created.Year}}", "a string has no field .Year"),
            ("{{index .Parts 2}}", "there is no element 2 among 2"),
            ("{{index .Platform 0}}", "nothing has no index that is a number"),
            ("{{.Kind.Digest}}", "a string has no field .Digest"),
            ("{{range index .Parts 0}}{{end}}", "range goes through arrays and objects, not through a structure"),
            ("{{index . \"name\"}}", "a structure has no index that is a string"),
            ("{{len .}}", "a structure has no length"),
        ])
    func mistakes(_ template: String, _ problem: String) async throws {
        let error = await #expect(throws: TemplateError.self) { try await render(template) }
        #expect(error?.problem == problem)
    }

    @Test(
        "show moments as Go does",
        arguments: [
            ("2023-04-05T06:07:08Z", "2023-04-05 06:07:08 +0000 UTC"),
            ("2023-04-05T06:07:08.123456789+02:00", "2023-04-05 06:07:08.123456789 +0200 +02"),
            ("2023-04-05T06:07:08.100-03:30", "2023-04-05 06:07:08.1 -0330 -0330"), ("yesterday", "yesterday"),
        ])
    func moments(_ text: String, _ expected: String) async throws {
        #expect(try await render("{{.Created}}", ["created": .string(text)]) == expected)
    }

    @Test("have members that are for those only who ask for them")
    func methods() async throws {
        let value: TemplateValue = .object([
            TemplateMember("a", .json(1)), TemplateMember("Secret", .json(2), isMethod: true),
        ])
        let template = try Template(parsing: "{{.Secret}}{{len .}}{{range .}}{{.}}{{end}}{{.}}")
        #expect(try await template.render(value) == "211map[a:1]")
        #expect(try await value.resolved() == ["a": 1])
    }
}
