import Concurrency
import JSON
import Terminal
import Testing

@Suite("Templates over image data")
struct TemplateDataTests {
    static let image: JSONValue = [
        "name": "registry.example/app:1",
        "manifest": [
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "digest": "sha256:aa",
            "size": 1609,
            "manifests": [
                ["digest": "sha256:b1", "size": 10, "platform": ["architecture": "amd64", "os": "linux"]],
                [
                    "digest": "sha256:b2", "size": 20,
                    "platform": [
                        "architecture": "arm64", "os": "windows", "os.version": "10.0.1", "variant": "v8",
                        "os.features": ["win32k", "x"],
                    ],
                ],
                [
                    "digest": "sha256:b3", "size": 3,
                    "annotations": ["vnd.docker.reference.type": "attestation-manifest"],
                ],
            ],
        ],
        "rootfs": ["type": "layers", "diff_ids": ["sha256:l1", "sha256:l2"]],
        "config": [
            "Env": ["A=1", "B=2"], "Labels": ["b": "2", "a": "1"], "User": "", "Healthy": false, "none": .null,
        ],
        "ratio": .real(1.5), "text": "a<b & c", "empty": [], "nothing": [:],
    ]

    @Test(
        "print what Docker's users expect",
        arguments: [
            ("plain text, no action", "plain text, no action"), ("", ""),
            ("{{.Name}}", "registry.example/app:1"), ("{{.name}}", "registry.example/app:1"),
            ("{{.Manifest.Digest}}", "sha256:aa"),
            ("{{.Manifest.MediaType}}", "application/vnd.oci.image.index.v1+json"),
            ("{{.Manifest.Size}}", "1609"), ("{{$.Manifest.Size}}", "1609"), ("{{(.Manifest).Size}}", "1609"),
            ("{{.RootFS.DiffIDs}}", "[sha256:l1 sha256:l2]"), ("{{.rootfs.diff_ids}}", "[sha256:l1 sha256:l2]"),
            ("{{index .RootFS.DiffIDs 1}}", "sha256:l2"), ("{{(index .RootFS.DiffIDs 0)}}", "sha256:l1"),
            ("{{range .Manifest.Manifests}}{{.Digest}}{{\"\\n\"}}{{end}}", "sha256:b1\nsha256:b2\nsha256:b3\n"),
            ("{{range .Manifest.Manifests}}{{.Platform.OSVersion}};{{end}}", "<no value>;10.0.1;<no value>;"),
            ("{{range .Manifest.Manifests}}{{.Platform.OSFeatures}};{{end}}", "<no value>;[win32k x];<no value>;"),
            (
                "{{range .Manifest.Manifests}}{{with .Platform}}{{.OS}}/{{.Architecture}} {{end}}{{end}}",
                "linux/amd64 windows/arm64 "
            ),
            (
                "{{range $i, $m := .Manifest.Manifests}}{{$i}}:{{$m.Size}}{{if $m.Platform.Variant}}!{{end}} {{end}}",
                "0:10 1:20! 2:3 "
            ),
            ("{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}", "a=1;b=2;"),
            ("{{range .Config.Labels}}{{.}}{{end}}", "12"), ("{{.Config.Labels}}", "map[a:1 b:2]"),
            ("{{range .Empty}}x{{else}}none{{end}}", "none"), ("{{range .Missing}}x{{else}}none{{end}}", "none"),
            ("{{range $i, $e := .Nothing}}x{{else}}{{$e}}none{{end}}", "<no value>none"),
            ("{{.Missing}}|{{.Missing.Deeper.Still}}|{{.Config.None}}|", "<no value>|<no value>|<no value>|"),
            (
                "{{if .Missing}}a{{else}}b{{end}}{{if .Config.User}}a{{else}}b{{end}}{{if .Empty}}a{{else}}b{{end}}",
                "bbb"
            ),
            ("{{if .Config.Healthy}}a{{else if .Nothing}}b{{else if .Ratio}}c{{end}}", "c"),
            ("{{if and .Name (eq .Manifest.Size 1609)}}yes{{end}}", "yes"),
            ("{{if or .Missing .Config.User}}a{{else}}b{{end}}", "b"), ("{{not .Missing}}", "true"),
            (
                "{{eq .Missing \"\"}} {{eq .Missing 0}} {{ne .Missing \"v7\"}} {{eq .Missing nil}}",
                "true true true true"
            ),
            ("{{eq .Name nil}} {{lt .Missing \"a\"}} {{gt .Manifest.Size 1.5}}", "false true true"),
            ("{{json .Config.Labels}}", "{\n  \"b\": \"2\",\n  \"a\": \"1\"\n}"), ("{{json .Missing}}", "null"),
            ("{{json .Text}}", "\"a\\u003cb \\u0026 c\""), ("{{json .Empty}}{{json .Nothing}}", "[]{}"),
            ("{{.Config.Env | json}}", "[\n  \"A=1\",\n  \"B=2\"\n]"), ("{{.Text}}", "a<b & c"),
            ("{{index .Config.Labels \"a\"}}|{{index .Config.Labels \"z\"}}|", "1|<no value>|"),
            ("{{index .Manifest.Manifests 1 \"platform\" \"os.version\"}}", "10.0.1"),
            ("{{index .Missing \"k\"}}|", "<no value>|"),
            (
                "{{(index .Manifest.Manifests 2).Annotations}} {{index (index .Manifest.Manifests 2).Annotations \"vnd.docker.reference.type\"}}",
                "map[vnd.docker.reference.type:attestation-manifest] attestation-manifest"
            ),
            ("{{printf \"%-20s %s\" .Manifest.Digest .Name}}|", "sha256:aa            registry.example/app:1|"),
            (
                "{{range .Manifest.Manifests}}{{printf \"%-10s %5d %s\" .Digest .Size (or .Platform.Variant \"\") | println}}{{end}}",
                "sha256:b1     10 \nsha256:b2     20 v8\nsha256:b3      3 \n"
            ),
            (
                "{{printf \"%s %v %q %d\" .Missing .Missing .Missing .Missing}}",
                "%!s(<nil>) <nil> %!q(<nil>) %!d(<nil>)"
            ),
            ("{{printf \"%d\" .Ratio}} {{printf \"%.1f\" .Ratio}} {{.Ratio}}", "%!d(float64=1.5) 1.5 1.5"),
            ("{{printf \"%q %v\" .RootFS.DiffIDs .Config.Labels}}", "[\"sha256:l1\" \"sha256:l2\"] map[a:1 b:2]"),
            ("{{len .Manifest.Manifests}} {{len .Name}} {{len .Config.Labels}} {{len .Missing}}", "3 22 2 0"),
            (
                "{{slice .RootFS.DiffIDs 1}} {{slice .Manifest.Digest 7}} {{slice .RootFS.DiffIDs 0 1}}",
                "[sha256:l2] aa [sha256:l1]"
            ),
            (
                "{{join .Config.Env \",\"}} {{.Name | upper}} {{join .Missing \",\"}}|{{lower .Missing}}|",
                "A=1,B=2 REGISTRY.EXAMPLE/APP:1 ||"
            ),
            ("{{truncate .Manifest.Digest 6}} {{pad .Missing 1 1}}|", "sha256 |"),
            ("{{- /* x */ -}} a {{- /* y */}} b{{/* z */ -}}  c", "a bc"),
            ("{{ .Name -}}\n\n\tx", "registry.example/app:1x"),
            (
                "{{$d := .Manifest.Digest}}{{range .Config.Env}}{{$d}} {{.}} {{$.Name}};{{end}}",
                "sha256:aa A=1 registry.example/app:1;sha256:aa B=2 registry.example/app:1;"
            ),
            ("{{$n := 0}}{{range .Manifest.Manifests}}{{$n = .Size}}{{end}}{{$n}}", "3"),
            ("{{range $i, $e := .Config.Env}}{{if $i}},{{end}}{{$e}}{{end}}", "A=1,B=2"),
            (
                "{{range .Manifest.Manifests}}{{if not .Platform}}{{continue}}{{end}}{{.Digest}} {{end}}",
                "sha256:b1 sha256:b2 "
            ),
            (
                "{{range .Manifest.Manifests}}{{range .Platform.OSFeatures}}{{break}}{{end}}{{.Size}} {{end}}",
                "10 20 3 "
            ),
            (
                "{{with .Config}}{{.Env}}{{$.Ratio}}{{end}}{{with .Missing}}a{{else}}{{.Name}}{{end}}",
                "[A=1 B=2]1.5registry.example/app:1"
            ),
            (
                "{{define \"x\"}}<{{.}}{{$}}>{{end}}{{range .Manifest.Manifests}}{{template \"x\" .Size}}{{end}}",
                "<1010><2020><33>"
            ),
            (
                "{{block \"b\" .Manifest}}{{.Size}}{{$.Digest}}{{end}}{{template \"b\" .}}",
                "1609sha256:aa<no value><no value>"
            ),
            ("{{template \"x\"}}{{define \"x\"}}{{.}}{{end}}", "<no value>"),
            (
                "{{define \"x\"}}{{if .}}{{index . 0}}{{template \"x\" (slice . 1)}}{{end}}{{end}}{{template \"x\" .Config.Env}}",
                "A=1B=2"
            ),
            ("{{with $m := .Manifest}}{{$m.Size}} {{.Size}}{{end}}", "1609 1609"), ("{{.}}", "\(GoPrinted.image)"),
        ])
    func rendering(_ template: String, _ expected: String) async throws {
        #expect(try await Template(parsing: template).render(.json(Self.image)) == expected)
    }

    @Test(
        "say where and why they do not fit",
        arguments: [
            ("{{.Name.Digest}}", 8, "a string has no field .Digest"),
            ("{{.Manifest.Size.X}}", 17, "a number has no field .X"),
            ("{{.Empty.X}}", 9, "an array has no field .X"), ("{{.Config.Healthy.X}}", 18, "a boolean has no field .X"),
            ("ab {{range .Name}}{{end}}", 12, "range goes through arrays and objects, not through a string"),
            ("{{range 3}}{{end}}", 9, "range goes through arrays and objects, not through a number"),
            ("{{index .Config.Env 2}}", 3, "there is no element 2 among 2"),
            ("{{index .Config.Env -1}}", 3, "there is no element -1 among 2"),
            ("{{index .Config.Env \"a\"}}", 3, "an array has no index that is a string"),
            ("{{index .Config 1}}", 3, "an object has no index that is a number"),
            ("{{index .Missing 0}}", 3, "nothing has no index that is a number"),
            ("{{len .Manifest.Size}}", 3, "a number has no length"),
            ("{{eq .Name 1}}", 3, "a string and a number cannot be compared"),
            ("{{eq .Config .Config}}", 3, "an object and an object cannot be compared"),
            ("{{lt .Config.Healthy true}}", 3, "a boolean and a boolean cannot be compared"),
            ("{{slice .Name 5 2}}", 3, "there is no slice 5:2 of 22"),
            ("{{slice .Config 1}}", 3, "an object cannot be sliced"),
            ("{{lower .Config}}", 3, "a string is expected here, not an object"),
            ("{{join .Name \",\"}}", 3, "join takes an array, not a string"),
            ("{{pad .Name -1 1}}", 3, "a number of characters up to 65536 is expected here"),
            ("{{.Name | printf 3}}", 11, "the first argument of printf is a format, as in \"%s\\n\""),
        ])
    func misuse(_ text: String, _ position: Int, _ problem: String) async throws {
        let template = try Template(parsing: text)
        let error = await #expect(throws: TemplateError.self) { try await template.render(.json(Self.image)) }
        #expect(error?.position == position)
        #expect(error?.problem == problem)
        #expect(error.map { "\($0)" } == "template: at character \(position): \(problem)")
    }

    @Test(
        "say where and why they cannot be read, before anything is looked at",
        arguments: [
            ("a {{jsn .}}", 5, "there is no function \"jsn\", did you mean json?"),
            ("{{printff \"\"}}", 3, "there is no function \"printff\", did you mean printf?"),
            ("{{frobnicate .}}", 3, "there is no function \"frobnicate\""),
            ("{{.a", 1, "this action is not closed by }}"),
            ("x{{\"a", 4, "this string is not closed by \""), ("{{/* a", 1, "this comment is not closed by */"),
            ("{{}}", 3, "a value is missing before }}"), ("{{if .a}}b", 3, "this {{if}} has no {{end}}"),
            ("a{{end}}", 4, "there is no block that {{end}} belongs to"),
            ("{{else}}", 3, "there is no block that {{else}} belongs to"),
            ("{{.a .b}}", 6, "only a function takes arguments, .a is none"),
            ("{{.a | .b}}", 8, "only a function takes what comes through |"),
            ("{{$x}}", 3, "there is no variable $x here, it is made by {{$x := …}}"),
            ("{{(.a}}", 3, "this parenthesis is not closed"),
            ("{{len}}", 3, "len takes 1 argument, not 0"), ("{{.a | len .b}}", 8, "len takes 1 argument, not 2"),
            ("{{slice}}", 3, "slice takes 1 to 3 arguments, not 0"),
            ("{{eq .a}}", 3, "eq takes at least 2 arguments, not 1"),
            ("{{break}}", 3, "{{break}} is outside of any range"),
            ("{{'a'}}", 3, "there are no character constants, write a string"),
            ("{{if 1}}{{define \"x\"}}{{end}}{{end}}", 11, "{{define}} stands within no other block"),
            ("{{define \"x\"}}", 3, "the template \"x\" has no {{end}}"),
            ("{{define x}}{{end}}", 10, "after define comes a name, as in {{define \"name\"}}, not \"x\""),
            ("{{define \"x\"}}a{{else}}{{end}}", 3, "the template \"x\" has no {{end}}"),
            ("{{define \"x\"}}{{end}}{{block \"x\" 1}}{{end}}", 24, "the template \"x\" is defined twice"),
            ("{{template \"y\"}}", 3, "there is no template \"y\", {{define}} makes one"),
            ("{{block \"x\"}}{{end}}", 12, "a value is missing before }}"),
            ("{{range 1}}{{define \"x\"}}{{break}}{{end}}{{end}}", 14, "{{define}} stands within no other block"),
            ("{{define \"x\"}}{{break}}{{end}}", 17, "{{break}} is outside of any range"),
            (
                "{{$v := 1}}{{block \"x\" 1}}{{$v}}{{end}}", 29,
                "there is no variable $v here, it is made by {{$v := …}}"
            ),
            ("{{nil}}", 3, "nil alone is nothing to show"), ("{{1x}}", 3, "\"1x\" is not a number"),
            ("{{&}}", 3, "\"&\" means nothing here"),
            ("{{print len}}", 9, "write (len …) to call a function for an argument"),
        ])
    func refusal(_ text: String, _ position: Int, _ problem: String) {
        let error = #expect(throws: TemplateError.self) { try Template(parsing: text) }
        #expect(error?.position == position)
        #expect(error?.problem == problem)
    }

    @Test("are refused when they are nested too deeply, instead of using the stack up")
    func depth() throws {
        func nested(_ count: Int) -> String {
            "{{" + String(repeating: "(", count: count) + "1" + String(repeating: ")", count: count) + "}}"
        }
        _ = try Template(parsing: nested(100))
        #expect(throws: TemplateError.self) { try Template(parsing: nested(101)) }
        #expect(throws: TemplateError.self) { try Template(parsing: nested(100_000)) }
        let blocks = String(repeating: "{{if 1}}", count: 10_000) + String(repeating: "{{end}}", count: 10_000)
        #expect(throws: TemplateError.self) { try Template(parsing: blocks) }
    }

    @Test("end where a template uses itself without end")
    func recursion() async throws {
        let template = try Template(parsing: "{{define \"x\"}}{{template \"x\"}}{{end}}a{{template \"x\"}}")
        let error = await #expect(throws: TemplateError.self) { try await template.render(.missing) }
        #expect(error?.problem == "the template \"x\" is used within itself without end")
    }

    @Test("say when they are one field and nothing else")
    func onlyField() throws {
        for text in ["{{.Manifest}}", " {{ .Manifest -}}\n"] {
            #expect(try Template(parsing: text).onlyField == "Manifest")
        }
        for text in [
            "{{.Manifest.Digest}}", "x{{.Manifest}}", "{{json .Manifest}}", "{{$.Manifest}}", "", "{{$m := .Manifest}}",
        ] {
            #expect(try Template(parsing: text).onlyField == nil)
        }
    }

    @Test("survive any text that is a piece of a template")
    func pieces() {
        let template = "a {{- with $x := index .a \"b\\n\" 1.5e3 | printf `%s` (.c.d) -}} {{/* e */}} {{else}}{{end}}"
        for start in template.indices {
            for end in template[start...].indices { _ = try? Template(parsing: String(template[start..<end])) }
        }
    }
}

private enum GoPrinted {
    static let image = """
        map[config:map[Env:[A=1 B=2] Healthy:false Labels:map[a:1 b:2] User: none:<nil>] empty:[] \
        manifest:map[digest:sha256:aa manifests:[map[digest:sha256:b1 platform:map[architecture:amd64 os:linux] size:10] \
        map[digest:sha256:b2 platform:map[architecture:arm64 os:windows os.features:[win32k x] os.version:10.0.1 \
        variant:v8] size:20] map[annotations:map[vnd.docker.reference.type:attestation-manifest] digest:sha256:b3 size:3]] \
        mediaType:application/vnd.oci.image.index.v1+json schemaVersion:2 size:1609] name:registry.example/app:1 \
        nothing:map[] ratio:1.5 rootfs:map[diff_ids:[sha256:l1 sha256:l2] type:layers] text:a<b & c]
        """
}
