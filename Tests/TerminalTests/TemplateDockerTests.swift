import Glibc
import JSON
import Terminal
import Testing

/// Docker's own templates are Go's; what they make of constants is what we make of them.
@Suite("Templates agree with the docker command", .enabled(if: DockerCommand.isInstalled))
struct TemplateDockerTests {
    @Test(
        "about printing",
        arguments: [
            #"{{print 1 2 "a" "b" 3 4 true false}}"#, #"{{println "a" 1 true}}"#, "{{print}}|{{println}}",
            "{{1}} {{-3}} {{+4}} {{0x1F}} {{0b101}} {{0o17}} {{1_000}} {{true}} {{false}}",
            "{{1.5}} {{1.0}} {{1e3}} {{1e20}} {{1e21}} {{1.25e-5}} {{0.0001}} {{-0.5}} {{123456789.125}} {{.5}} {{1234567.0}} {{12345678.5}} {{1e22}} {{1e-4}} {{1.5e-7}}",
            #"{{"a\tb\\c\"d\x41\u00e9\101"}}{{`raw\n"x"`}}"#,
            #"{{printf "%d|%5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%b|%c|%3c|" 42 42 42 42 42 42 42 42 42 42 5 65 66}}"#,
            #"{{printf "%d %x %05d %+d %-6d| %.3d %6.3d" -42 -42 -42 -42 -42 7 7}}"#,
            #"{{printf "%s|%10s|%-10s|%.2s|%q|%x|% x|%X|%10q|" "héllo" "hé" "hé" "hé!" "a\n\"\u00e9\x01" "hi" "hi" "hi" "a"}}"#,
            #"{{printf "%v %v %v %v %t|%6t|%-6v|" 1 "a" true 1.5 false true true}}"#,
            #"{{printf "%f %.2f %8.3f %-8.1f| %e %.2e %g %g %.3g %08.3f %+.1f" 1.5 2.345 3.14159 2.5 12345.678 0.00012 1e21 100000.0 1234.5678 -3.14159 2.5}}"#,
            #"{{printf "%05s|%05t|%05v|%05v|%010q|%-05d|%05x|%05v|%+v|%05.2d|%06.2f" "a" true "a" 5 "a" 5 "a" 1.5 5 7 1.5}}"#,
            #"{{printf "%d%% %s" 50 "done"}}"#, #"{{printf "%d" "a"}}"#, #"{{printf "%s" 5}}"#, #"{{printf "%d"}}"#,
            #"{{printf "%s" "a" "b" 3}}"#, #"{{printf "%z" 1}}"#, #"{{printf "%"}}"#, #"{{printf "%t" 1}}"#,
            #"{{printf "%T %T %T %T" 1 "a" true 1.5}}"#, #"{{"x" | printf "%s-%s" "y"}}"#,
            #"{{printf "%5t|%q" true "`"}}"#,
            #"{{printf "%6.2f|%-8s|%8s|" 3.14159 "ab" "cd"}}"#,
        ])
    func printing(_ template: String) async throws {
        #expect(try await Template(parsing: template).render(.missing) == DockerCommand.render(template))
    }

    @Test(
        "about what is true, equal and less",
        arguments: [
            "{{eq 1 1}} {{eq 1 2 3 1}} {{eq 1 2 3}} {{ne 1 2}} {{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2 2}}",
            #"{{eq "a" "a"}} {{ne "a" "b"}} {{lt "a" "b"}} {{gt "a" "B"}} {{eq true false}} {{lt 1.5 2.5}} {{eq 1.5 1.5}}"#,
            #"{{and 1 2}} {{and 0 2}} {{or 0 3}} {{or 0 ""}}| {{not 0}} {{not "a"}} {{and true "x" 3}} {{or false 0 "z"}}"#,
            #"{{1 | and 2}} {{0 | or 0}} {{eq (len "héé") 5}} {{not (eq 1 2)}}"#,
            "{{if 0}}a{{else if 1}}b{{else}}c{{end}}{{if eq 1 2}}x{{end}}{{with 3}}{{.}}{{end}}{{with 0}}{{else}}e{{end}}",
            "{{with $x := 5}}{{$x}}{{.}}{{else}}{{$x}}{{end}} {{with 0}}a{{else with 7}}{{.}}{{end}}",
            "{{$x := 1}}{{if true}}{{$x = 2}}{{$y := $x}}{{$y}}{{end}}{{$x}}{{$x := 9}}{{$x}}{{$ := 3}}{{$}}",
        ])
    func comparing(_ template: String) async throws {
        #expect(try await Template(parsing: template).render(.missing) == DockerCommand.render(template))
    }

    @Test(
        "about text",
        arguments: [
            #"{{slice "abcdef" 1 3}} {{slice "abc" 1}} {{slice "abc"}} {{index "abc" 1}} {{len "abc"}}"#,
            #"{{upper "abC"}} {{lower "ABc"}} {{title "hello wORLD a-b"}} {{pad "x" 1 2}}|{{pad "" 3 3}}|"#,
            #"{{truncate "abcdef" 3}} {{truncate "ab" 3}} {{join (split "a,b,c" ",") "-"}} {{split "a b" " "}}"#,
            #"{{range $i, $e := split "a,b,c" ","}}{{if $i}}, {{end}}{{$i}}={{$e}}{{end}}"#,
            #"{{range split "a,b,c,d" ","}}{{if eq . "b"}}{{continue}}{{end}}{{if eq . "d"}}{{break}}{{end}}{{.}}{{else}}none{{end}}"#,
            "a {{- 1 -}} b {{- /* c */ -}} d {{/* e */}} f {{-  2}} g\n\t{{- 3 -}}\n\n h {{ -4 -}} ",
            #"{{index (split "a,b" ",") 1}} {{len (split "a,b" ",")}} {{(split "a,b" ",") | len}}"#,
            "{{ 1\n|\nprint }}", #"{{range $e := split "x,y" ","}}{{$e}}{{$}}{{end}}"#,
            #"{{range split "" "x"}}[{{.}}]{{end}}"#,
            #"{{split "abc" ""}}{{json "a<b"}}{{json 1}}{{json true}}"#,
        ])
    func text(_ template: String) async throws {
        let ours = try await Template(parsing: template).render(.json("ROOT"))
        let docker = try DockerCommand.render(template.replacing("{{$}}", with: "ROOT"))
        #expect(ours == docker.replacing("a<b", with: "a\\u003cb"))
    }

    @Test(
        "about what is escaped, and about templates in templates",
        arguments: [
            #"{{html "<a b='c'>&\"" 1 2}} {{"é<" | html}} {{html 1}} {{html "a" "b"}}"#,
            #"{{js "<a='\"\\\n\té\u2028\u0001&"}} {{js 1 2}}"#,
            #"{{urlquery "a b/c?d=é~-_.!*'()&+"}} {{urlquery 1 2}}"#,
            #"{{define "x"}}[{{.}}]{{end}}{{template "x" 1}}{{block "y" 2}}{{.}}{{end}}{{template "y" 3}}{{template "x"}}"#,
            #"{{define "x"}}{{$y := 1}}{{$y}}{{end}} {{- $y := 2}}{{template "x"}}{{$y}}"#,
        ])
    func escapes(_ template: String) async throws {
        #expect(try await Template(parsing: template).render(.missing) == DockerCommand.render(template))
    }

    @Test(
        "about what is not a template",
        arguments: [
            "{{", "{{.", "{{}}", "{{if}}{{end}}", "{{if 1}}", "{{end}}", "{{else}}", "{{nil}}", "{{$x}}", "{{\"a}}",
            "{{`a}}",
            "{{1 | 2}}", "{{(1}}", "{{1)}}", "{{break}}", "{{range 1}}{{else}}{{break}}{{end}}", "{{/* a}}",
            "{{/* a */ b}}",
            "{{jsn 1}}", "{{1 2}}", "{{if 1}}{{else}}{{else}}{{end}}", "{{\"\\z\"}}", "{{0x}}", "{{1a}}", "{{,}}",
            "{{@}}",
            "{{with 1}}{{else if 1}}{{end}}", "{{$a, $b := 1}}", "{{$x = 1}}", "{{if 1}}{{$y := 1}}{{end}}{{$y}}",
            "{{len}}", "{{len 1 2}}", "{{eq 1}}", "{{not}}", "{{.a.}}", "{{1.b}}", "{{true.b}}",
        ])
    func refusals(_ template: String) throws {
        #expect(throws: TemplateError.self) { try Template(parsing: template) }
        #expect(throws: DockerCommand.Failure.self) { try DockerCommand.render(template) }
    }
}

/// Runs templates through `docker context inspect`, which needs no daemon.
enum DockerCommand {
    struct Failure: Error {}

    static let isInstalled = access("/usr/local/bin/docker", X_OK) == 0 || access("/usr/bin/docker", X_OK) == 0

    static func render(_ template: String) throws -> String {
        let quoted = "'\(template.replacing("'", with: "'\\''"))'"
        guard let pipe = popen("docker context inspect --format \(quoted) 2>/dev/null", "r") else { throw Failure() }
        var bytes: [UInt8] = []
        while case let byte = getc(pipe), byte != EOF { bytes.append(UInt8(byte)) }
        guard pclose(pipe) == 0 else { throw Failure() }
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }
}
