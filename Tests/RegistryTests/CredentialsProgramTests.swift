import OCI
import Processes
import Registry
import Testing

@Suite struct CredentialsProgramTests {
    private let tester = #"""
        echo "$1" >> "$0.log"
        case "$1" in
        get) read -r server; echo "$server" >> "$0.log"
            case "$server" in
            none.example) echo "credentials not found in native keychain"; exit 1;;
            token.example) echo '{"ServerURL": "x", "Username": "<token>", "Secret": "it"}';;
            *) echo "{\"ServerURL\": \"x\", \"Username\": \"$server\", \"Secret\": \"s\"}";;
            esac;;
        esac
        """#

    @Test(
        arguments: [
            (
                #"{"credsStore": "tester"}"#, "registry.example", "",
                Credential.password(user: "registry.example", password: "s")
            ),
            (
                #"{"credsStore": "tester"}"#, "docker.io", "a",
                .password(user: "https://index.docker.io/v1/", password: "s")
            ),
            (#"{"credsStore": "tester"}"#, "token.example", "", .identityToken("it")),
            (#"{"credsStore": "tester"}"#, "none.example", "", nil),
            (
                #"{"credsStore": "broken", "credHelpers": {"registry.example": "tester"}}"#, "registry.example", "a",
                .password(user: "registry.example", password: "s")
            ),
            (
                #"{"credHelpers": {"registry.example/team": "tester"}}"#, "registry.example", "team/app",
                .password(user: "registry.example/team", password: "s")
            ),
            (#"{"credHelpers": {"registry.example/team": "tester"}}"#, "registry.example", "other/app", nil),
            (
                #"{"credsStore": "tester", "auths": {"registry.example": {}}}"#, "registry.example", "",
                .password(user: "registry.example", password: "s")
            ),
            (
                #"{"credsStore": "tester", "auths": {"none.example": {"auth": "YW5uOnNlY3JldA=="}}}"#, "none.example",
                "",
                .password(user: "ann", password: "secret")
            ),
            (
                #"{"credsStore": "broken", "auths": {"registry.example/a": {"auth": "YW5uOnNlY3JldA=="}}}"#,
                "registry.example", "a/b", .password(user: "ann", password: "secret")
            ),
        ] as [(String, String, String, Credential?)])
    func aProgramIsAsked(file: String, host: String, repository: String, credential: Credential?) async throws {
        try await withPrograms(["tester": tester], file) { folder, locations async throws in
            let store = CredentialStore(locations)
            #expect(try await store.credential(host: host, repository: repository) == credential)
        }
    }

    @Test func theSameQuestionIsAskedOnce() async throws {
        try await withPrograms(["tester": tester], #"{"credsStore": "tester"}"#) { folder, locations async throws in
            let store = CredentialStore(locations)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<10 {
                    group.addTask { _ = try await store.credential(host: "registry.example", repository: "r\(index)") }
                }
                try await group.waitForAll()
            }
            let log = "bin/docker-credential-tester.log"
            #expect(String(decoding: try folder.read(log), as: UTF8.self) == "get\nregistry.example\n")
            await store.forget()
            _ = try await store.credential(host: "registry.example")
            #expect(try folder.read(log).count == 2 * "get\nregistry.example\n".utf8.count)
        }
    }

    @Test(arguments: [
        ("sleep 60", "did not finish"),
        ("echo hush; echo hush >&2; exit 7", "exit status 7"),
        ("echo hush; kill -SEGV $$", "signal 11"),
        ("echo hush", "something other"),
        (#"echo '{"Username": "hush"}'"#, "something other"),
        ("head -c 3000000 /dev/zero", "more than"),
    ])
    func aProgramThatFailsIsNamedButNotQuoted(script: String, reason: String) async throws {
        try await withPrograms(["bad": script], #"{"credsStore": "bad"}"#) { _, locations async throws in
            let store = CredentialStore(
                locations, helperTimeLimit: script.hasPrefix("sleep") ? .milliseconds(200) : .seconds(30))
            let error = await #expect(throws: ImageError.self) { try await store.credential(host: "registry.example") }
            let text = error?.description ?? ""
            #expect(text.contains("docker-credential-bad") && text.contains(reason), "\(text)")
            #expect(!text.contains("hush"))
        }
    }

    @Test(arguments: [
        ("absent", "no program docker-credential-absent"), ("../../bin/sh", "not the name of a credential helper"),
    ])
    func aProgramThatIsNotThereIsAnError(suffix: String, reason: String) async throws {
        try await withPrograms([:], #"{"credsStore": "\#(suffix)"}"#) { _, locations async throws in
            let error = await #expect(throws: ImageError.self) {
                try await CredentialStore(locations).credential(host: "registry.example")
            }
            #expect(error?.description.contains(reason) == true)
        }
    }

    @Test func theVariableNamesNoPrograms() async throws {
        let locations = ConfigurationLocations(
            environment: ["DOCKER_AUTH_CONFIG": #"{"credsStore": "absent"}"#], home: "/nowhere")
        #expect(try await CredentialStore(locations).credential(host: "registry.example") == nil)
    }

    // MARK: Saving

    private let keeper = #"""
        read -r line
        case "$1" in
        store) echo "$line" > "$0.kept";;
        get) if test -e "$0.kept"; then cat "$0.kept"; else echo "credentials not found in native keychain"; exit 1; fi;;
        erase) rm -f "$0.kept";;
        esac
        """#

    @Test(arguments: [
        (#"{"credsStore": "keeper"}"#, Credential.password(user: "ann", password: "sec\"ret")),
        (#"{"credHelpers": {"registry.example": "keeper"}, "credsStore": "absent"}"#, .identityToken("it")),
    ])
    func aProgramKeepsWhatIsSavedAndForgetsIt(file: String, credential: Credential) async throws {
        try await withPrograms(["keeper": keeper], file) { folder, locations async throws in
            let store = CredentialStore(locations)
            #expect(try await store.erase(host: "registry.example") == false)
            let place = try await store.save(credential, host: "registry.example")
            #expect(place == .program("docker-credential-keeper"))
            #expect(try await store.credential(host: "registry.example") == credential)
            let text = String(decoding: try folder.read("home/.docker/config.json"), as: UTF8.self)
            #expect(text.contains(#""registry.example": {}"#), "\(text)")
            #expect(!text.contains("ret"))
            #expect(try await store.erase(host: "registry.example"))
            #expect(try await store.credential(host: "registry.example") == nil)
        }
    }

    @Test func aProgramKeepsNoRegistryToken() async throws {
        try await withPrograms(["keeper": keeper], #"{"credsStore": "keeper"}"#) { _, locations async throws in
            let error = await #expect(throws: ImageError.self) {
                try await CredentialStore(locations).save(.registryToken("t"), host: "registry.example")
            }
            #expect(error?.code == .usage)
        }
    }

    /// Runs with shell scripts as credential helpers, and a file as Docker's configuration.
    private func withPrograms(
        _ scripts: [String: String], _ file: String,
        _ body: (ConfigurationFolder, ConfigurationLocations) async throws -> Void
    ) async throws {
        try await ConfigurationFolder.with { folder async throws in
            for (suffix, script) in scripts {
                try folder.write("#!/bin/sh\n\(script)\n", to: "bin/docker-credential-\(suffix)", mode: 0o755)
            }
            try folder.write(file, to: "home/.docker/config.json")
            try await body(folder, folder.locations(["PATH": "\(folder.path)/bin:/usr/bin:/bin"]))
        }
    }
}
