import Concurrency
import JSON
import Terminal
import Testing

@Suite("Templates get only what they need")
struct TemplateLazinessTests {
    /// An image whose parts note when they are got.
    private static func image(_ log: Guarded<[String]>) -> TemplateValue {
        func part(_ name: String, _ value: TemplateValue) -> TemplateMember {
            TemplateMember(
                name,
                .lazy(
                    LazyValue {
                        log.withLock { $0.append(name) }
                        return value
                    }))
        }
        let platforms = ["linux/amd64", "linux/arm64"].map { part($0, .json(["os": "linux", "id": .string($0)])) }
        return .object([
            TemplateMember("Name", .json("app")), part("Manifest", .json(["digest": "sha256:aa", "list": [1, 2]])),
            part("Image", .object(platforms)), part("Nothing", .missing),
        ])
    }

    @Test(
        "and each of it once",
        arguments: [
            ("{{.Name}}", "app", []),
            ("{{.Manifest.Digest}} {{.Manifest.Digest}}", "sha256:aa sha256:aa", ["Manifest"]),
            ("{{if .Name}}a{{else}}{{.Image}}{{end}}", "a", []), ("{{or .Name .Image}}", "app", []),
            ("{{and .Nothing .Image}}", "<no value>", ["Nothing"]), ("{{$i := .Image}}{{.Name}}", "app", []),
            ("{{json (index .Image \"linux/arm64\").ID}}", "\"linux/arm64\"", ["Image", "linux/arm64"]),
            ("{{(index .Image \"linux/amd64\").OS}}", "linux", ["Image", "linux/amd64"]),
            ("{{len .Image}}", "2", ["Image"]),
            ("{{range $k, $v := .Image}}{{$k}} {{end}}", "linux/amd64 linux/arm64 ", ["Image"]),
            ("{{range .Image}}{{.ID}}{{break}}{{end}}", "linux/amd64", ["Image", "linux/amd64"]),
            (
                "{{with .Image}}{{range .}}{{.OS}} {{end}}{{end}}", "linux linux ",
                ["Image", "linux/amd64", "linux/arm64"]
            ),
            ("{{index .Image \"linux/s390x\"}}", "<nil>", ["Image"]),
            ("{{range .Manifest.List}}{{.}}{{end}}", "12", ["Manifest"]),
            ("{{json .Nothing}}", "null", ["Nothing"]),
        ])
    func parts(_ template: String, _ expected: String, _ got: [String]) async throws {
        let log = Guarded<[String]>([])
        #expect(try await Template(parsing: template).render(Self.image(log)) == expected)
        #expect(log.withLock { $0 } == got)
    }

    @Test("and json gets everything, in its order")
    func everything() async throws {
        let log = Guarded<[String]>([])
        let text = try await Template(parsing: "{{json .}}{{len (json .)}}").render(Self.image(log))
        #expect(
            text.hasPrefix(
                """
                {
                  "Name": "app",
                  "Manifest": {
                    "digest": "sha256:aa",
                    "list": [
                      1,
                      2
                    ]
                  },
                  "Image": {
                    "linux/amd64": {
                """))
        #expect(log.withLock { $0.sorted() } == ["Image", "Manifest", "Nothing", "linux/amd64", "linux/arm64"])
    }

    private struct Trouble: Error, Equatable {}

    @Test("and what getting it throws comes out as it is")
    func failure() async throws {
        let template = try Template(parsing: "{{.A}}{{json .}}")
        let value: TemplateValue = ["A": .json(1), "B": .lazy(LazyValue { throw Trouble() })]
        await #expect(throws: Trouble()) { try await template.render(value) }
    }
}
