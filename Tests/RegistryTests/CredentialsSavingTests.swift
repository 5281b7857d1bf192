import Glibc
import JSON
import OCI
import Processes
import Registry
import Testing

@Suite struct CredentialsSavingTests {
    private let ann = Credential.password(user: "ann", password: "a:é\"b")

    @Test(arguments: [
        ([:], "home/.docker/config.json"),
        (["DOCKER_CONFIG": "@/a/b"], "a/b/config.json"),
        (["REGISTRY_AUTH_FILE": "@/a/b.json", "DOCKER_CONFIG": "@/x"], "a/b.json"),
    ])
    func theFileIsMadeForItsOwnerOnly(variables: [String: String], file: String) async throws {
        try await ConfigurationFolder.with { folder async throws in
            let store = CredentialStore(folder.locations(variables))
            #expect(try await store.save(ann, host: "registry.example:5000") == .file("\(folder.path)/\(file)"))
            #expect(folder.mode(file) == 0o600)
            let parent = file.split(separator: "/").dropLast().joined(separator: "/")
            #expect(folder.mode(parent) == 0o700)
            #expect(try await store.credential(host: "registry.example:5000", repository: "a") == ann)
        }
    }

    @Test(arguments: [
        Credential.password(user: "ann", password: "secret"), .identityToken("it"), .registryToken("rt"),
    ])
    func whatIsSavedIsFound(credential: Credential) async throws {
        try await ConfigurationFolder.with { folder async throws in
            for host in ["registry.example", "docker.io", "localhost:5000", "[::1]:5000"] {
                _ = try await CredentialStore(folder.locations()).save(credential, host: host)
                #expect(try await CredentialStore(folder.locations()).credential(host: host) == credential)
            }
            let file = try JSONValue(parsing: folder.read("home/.docker/config.json"))
            #expect(file["auths"]?["https://index.docker.io/v1/"] != nil)
            #expect(file["auths"]?["docker.io"] == nil)
        }
    }

    @Test func whatOthersKeepInTheFileStays() async throws {
        try await ConfigurationFolder.with { folder async throws in
            let before = #"""
                {"HttpHeaders": {"X-A": "1"}, "detachKeys": "ctrl-e,e",
                 "auths": {"other.example": {"auth": "YTpi"},
                           "registry.example": {"email": "e", "identitytoken": "old", "x": [1, 2.5, null]}},
                 "plugins": {"p": {"q": "true"}}}
                """#
            try folder.write(before, to: "home/.docker/config.json")
            _ = try await CredentialStore(folder.locations()).save(
                .password(user: "a", password: "b"), host: "registry.example")
            let expected = #"""
                {"HttpHeaders": {"X-A": "1"}, "detachKeys": "ctrl-e,e",
                 "auths": {"other.example": {"auth": "YTpi"},
                           "registry.example": {"email": "e", "x": [1, 2.5, null], "auth": "YTpi"}},
                 "plugins": {"p": {"q": "true"}}}
                """#
            let after = try JSONValue(parsing: folder.read("home/.docker/config.json"))
            #expect(after == (try JSONValue(parsing: expected.utf8)))
        }
    }

    @Test func loginsAtTheSameTimeDoNotLoseEachOther() async throws {
        try await ConfigurationFolder.with { folder async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        _ = try await CredentialStore(folder.locations()).save(ann, host: "r\(index).example")
                    }
                }
                try await group.waitForAll()
            }
            let file = try JSONValue(parsing: folder.read("home/.docker/config.json"))
            #expect(file["auths"]?.object?.members.count == 20)
            let names = try await run(program: "ls", arguments: ["-A", "\(folder.home)/.docker"])
            #expect(String(decoding: names.output, as: UTF8.self) == "config.json\n", "nothing is left over")
        }
    }

    @Test func aSymbolicLinkStaysOne() async throws {
        try await ConfigurationFolder.with { folder async throws in
            try folder.write("{}", to: "dotfiles/docker.json")
            try folder.write("", to: "home/.docker/other")
            symlink("../../dotfiles/docker.json", "\(folder.home)/.docker/config.json")
            _ = try await CredentialStore(folder.locations()).save(ann, host: "registry.example")
            #expect(folder.mode("home/.docker/config.json") == 0o777)
            #expect(try JSONValue(parsing: folder.read("dotfiles/docker.json"))["auths"] != nil)
        }
    }

    @Test(arguments: ["not json", "[]", #"{"auths": 1}"#])
    func aFileThatIsNotUnderstoodIsNotTouched(text: String) async throws {
        try await ConfigurationFolder.with { folder async throws in
            try folder.write(text, to: "home/.docker/config.json")
            await #expect(throws: ImageError.self) {
                try await CredentialStore(folder.locations()).save(ann, host: "registry.example")
            }
            #expect(try folder.read("home/.docker/config.json") == Array(text.utf8))
        }
    }

    @Test func aUserNameHasNoColon() async throws {
        try await ConfigurationFolder.with { folder async throws in
            let error = await #expect(throws: ImageError.self) {
                try await CredentialStore(folder.locations()).save(
                    .password(user: "a:b", password: "c"), host: "r.example")
            }
            #expect(error?.code == .usage)
            #expect(!folder.exists("home"))
        }
    }

    @Test func erasingRemovesEveryFormOfTheKeyAndSaysIfNoneWasThere() async throws {
        try await ConfigurationFolder.with { folder async throws in
            let store = CredentialStore(folder.locations())
            #expect(try await store.erase(host: "docker.io") == false)
            #expect(!folder.exists("home"), "erasing makes no file")
            let entry = #"{"auth": "YTpi"}"#
            try folder.write(
                #"{"auths": {"https://index.docker.io/v1/": \#(entry), "docker.io": \#(entry), "docker.io/team": \#(entry)}}"#,
                to: "home/.docker/config.json")
            #expect(try await store.erase(host: "docker.io"))
            #expect(try await store.credential(host: "docker.io") == nil)
            #expect(try await store.credential(host: "docker.io", repository: "team/app") != nil)
            #expect(try await store.erase(host: "docker.io") == false)
        }
    }

    @Test func skopeoReadsWhatWasSaved() async throws {
        try await ConfigurationFolder.with { folder async throws in
            let store = CredentialStore(folder.locations(["REGISTRY_AUTH_FILE": "@/auth.json"]))
            for host in ["registry.example:5000", "docker.io"] {
                _ = try await store.save(ann, host: host)
                let login = try await run(
                    program: "skopeo",
                    arguments: ["login", "--get-login", "--authfile", "\(folder.path)/auth.json", host])
                #expect(String(decoding: login.output, as: UTF8.self) == "ann\n")
            }
        }
    }
}
