import JSON
import OCI
import TestKit
import Testing

@Suite("Registries that ask who is there")
struct AccessTests {
    private static let basic = RegistryServer.Access.basic(user: "anna", password: "pass word:1")
    private let image = TestImage()

    private func login(
        _ host: String, _ password: String, home: TemporaryFolder, environment: [String: String] = [:]
    ) async throws -> Tool.Outcome {
        try await Tool.imgtool.run(
            ["login", "-u", "anna", "--password-stdin", host], environment: environment,
            input: Array("\(password)\n".utf8), home: home)
    }

    @Test func `are logged in to and out of`() async throws {
        try await RegistryServer.with(Self.basic) { registry in
            let repo = try registry.repository(["v1": image])
            try await TemporaryFolder.with { home in
                func inspect() async throws -> Tool.Outcome {
                    try await Tool.imgtool.run(["digest", "\(repo):v1"], home: home)
                }
                expectFailure(try await inspect(), 4, naming: "\(repo):v1", "imgtool login \(registry.host)")
                let wrong = try await login(registry.host, "secret-but-wrong", home: home)
                let reason = "the user name anna or the password is wrong: "
                expectFailure(wrong, 4, naming: "cannot log in to \(registry.host): \(reason)")
                #expect(!wrong.error.contains(";"), "\(wrong.error)")
                #expect(!wrong.error.contains("secret-but-wrong"))
                #expect(home.files() == [])

                let right = try await login(registry.host, "pass word:1", home: home)
                #expect(right.status == 0)
                #expect(right.output == "")
                #expect(
                    right.error
                        == "logged in to \(registry.host) as anna; kept in \(home.file(".docker/config.json"))\n")
                #expect(try await inspect().output == "\(image.digest)\n")
                let again = try await login(registry.host, "wrong", home: home)
                #expect(again.status == 4)
                #expect(try await inspect().status == 0)

                let out = try await Tool.imgtool.run(["logout", registry.host], home: home)
                #expect(out.error == "logged out of \(registry.host)\n")
                #expect(try await inspect().status == 4)
                let twice = try await Tool.imgtool.run(["logout", registry.host], home: home)
                #expect(twice.error == "there were no credentials for \(registry.host)\n")
            }
        }
    }

    @Test func `are found in docker's configuration, and in a helper program when there is one`() async throws {
        try await RegistryServer.with(Self.basic) { registry in
            let repo = try registry.repository(["v1": image])
            try await TemporaryFolder.with { home in
                let script = """
                    #!/bin/sh
                    case "$1" in
                    store) cat > "$HOME/stored";;
                    erase) rm "$HOME/stored";;
                    get) if [ -f "$HOME/stored" ]; then cat "$HOME/stored"; else
                        echo "credentials not found in native keychain"; exit 1; fi;;
                    esac
                    """
                try home.write("bin/docker-credential-box", text: script)
                try await Tool("chmod").output("+x", home.file("bin/docker-credential-box"))
                try home.write("config/config.json", text: #"{"credsStore": "box", "other": 1}"#)
                let environment = [
                    "DOCKER_CONFIG": home.file("config"), "PATH": "\(home.file("bin")):/usr/bin:/bin",
                ]
                let outcome = try await login(registry.host, "pass word:1", home: home, environment: environment)
                #expect(outcome.status == 0, "\(outcome.error)")
                #expect(try JSONValue(parsing: home.bytes("stored"))["Username"]?.string == "anna")
                #expect(try JSONValue(parsing: home.bytes("config/config.json"))["other"] == 1)
                #expect(!(try home.text("config/config.json").contains("pass")))
                let words = ["digest", "\(repo):v1"]
                #expect(try await Tool.imgtool.run(words, environment: environment, home: home).status == 0)
                _ = try await Tool.imgtool.run(["logout", registry.host], environment: environment, home: home)
                #expect(!home.has("stored"))
                #expect(try await Tool.imgtool.run(words, environment: environment, home: home).status == 4)
            }
        }
    }

    @Test func `with tokens let in who may, and say no to who may not, with nothing changed`() async throws {
        let rights: [TokenServer.Right] = [
            .init("anna", "team/*", "pull", "push"), .init("bert", "team/*", "pull"),
        ]
        try await TokenServer.with(users: ["anna": "a", "bert": "b"], rights: rights) { tokens in
            try await RegistryServer.with(.token(tokens)) { registry in
                let other = TestImage(Platform(os: "linux", architecture: "arm64"))
                try registry.put(image, in: "team/app", tag: "v1")
                try registry.put(other, in: "team/app", tag: "v2")
                let repo = "\(registry.host)/team/app"
                func run(_ user: String, _ words: String...) async throws -> Tool.Outcome {
                    let password = user == "anna" ? "a" : "b"
                    let entry = try await Tool("sh").run("-c", "printf %s '\(user):\(password)' | base64").output
                    let file = #"{"auths":{"\#(registry.host)":{"auth":"\#(entry.filter { $0 != "\n" })"}}}"#
                    return try await Tool.imgtool.run(words, environment: ["DOCKER_AUTH_CONFIG": file])
                }
                expectFailure(try await imgtool("inspect", "\(repo):v1"), 4, naming: "\(repo):v1", "imgtool login")
                #expect(try await run("bert", "digest", "\(repo):v1").output == "\(image.digest)\n")
                expectFailure(
                    try await run("bert", "create", "-t", "\(repo):v1", "\(repo):v1", "\(repo):v2"), 4,
                    naming: "\(repo):v1")
                expectFailure(
                    try await run("bert", "copy", "\(repo):v1", "\(repo)-copy:v1"), 4, naming: "team/app-copy")
                #expect(registry.tags(of: "team/app-copy") == [])
                #expect(registry.digest(of: "v1", in: "team/app") == image.digest)
                let made = try await run("anna", "create", "-t", "\(repo):v3", "\(repo):v1", "\(repo):v2")
                #expect(made.status == 0, "\(made.error)")
                #expect(made.error == "")
                let copied = try await run("anna", "copy", "\(repo):v3", "\(registry.host)/team/other:v3")
                #expect(copied.status == 0, "\(copied.error)")
            }
        }
    }

    @Test func `by TLS are trusted when their authority is given, and else refused with what to do`() async throws {
        try await RegistryServer.with(over: .tls) { registry in
            let certificates = try #require(registry.certificates)
            let repo = try registry.repository(["v1": image])
            let refused = try await imgtool("inspect", "\(repo):v1")
            expectFailure(refused, 1, naming: registry.host, "--ca-file")
            #expect(
                try await succeeds("digest", "--ca-file", certificates.authority, "\(repo):v1") == "\(image.digest)")
            #expect(try await succeeds("digest", "--insecure", "\(repo):v1") == "\(image.digest)")
        }
    }

    @Test func `login refuses what cannot be a password`() async throws {
        expectFailure(
            try await Tool.imgtool.run(["login", "-u", "anna", "--password-stdin", "localhost:1"]), 2, naming: "empty")
        expectFailure(
            try await Tool.imgtool.run(["login", "-u", "anna", "localhost:1"]), 2, naming: "--password-stdin")
    }
}
