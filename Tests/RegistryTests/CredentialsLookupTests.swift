import OCI
import Registry
import Testing

/// "user:pass" and friends in base64.
private let ann = #"{"auth": "YW5uOnNlY3JldA=="}"#
private let bob = #"{"auth": "Ym9iOmE6Yg=="}"#

private let annCredential = Credential.password(user: "ann", password: "secret")
private let bobCredential = Credential.password(user: "bob", password: "a:b")

@Suite struct CredentialsLookupTests {
    @Test(arguments: [
        // The key is the registry, as people and tools write it.
        ("registry.example", "registry.example", "team/app", true),
        ("registry.example:5000", "registry.example:5000", "team/app", true),
        ("registry.example", "registry.example:5000", "team/app", false),
        ("Registry.Example", "registry.example", "team/app", true),
        ("https://registry.example", "registry.example", "team/app", true),
        ("https://registry.example/", "registry.example", "team/app", true),
        ("https://registry.example/v1/", "registry.example", "team/app", true),
        ("http://registry.example/v2/", "registry.example", "team/app", true),
        ("https://registry.example:5000/v1/", "registry.example:5000", "team/app", true),
        ("[::1]:5000", "[::1]:5000", "team/app", true),
        // Docker Hub has many names.
        ("https://index.docker.io/v1/", "docker.io", "library/alpine", true),
        ("index.docker.io", "docker.io", "library/alpine", true),
        ("registry-1.docker.io", "docker.io", "library/alpine", true),
        ("docker.io", "docker.io", "library/alpine", true),
        ("https://index.docker.io/v1/", "registry-1.docker.io", "library/alpine", true),
        ("docker.io/team", "docker.io", "team/app", true),
        ("https://index.docker.io/v1/access-token", "docker.io", "team/app", false),
        // A key with a path holds for what is below it.
        ("registry.example/team", "registry.example", "team/app", true),
        ("registry.example/team/app", "registry.example", "team/app", true),
        ("registry.example/te", "registry.example", "team/app", false),
        ("registry.example/team/app/more", "registry.example", "team/app", false),
        ("registry.example/team", "registry.example", "", false),
    ])
    func aKeyHoldsForWhatItNames(key: String, host: String, repository: String, holds: Bool) async throws {
        try await ConfigurationFolder.with { folder async throws in
            try folder.write(#"{"auths": {"\#(key)": \#(ann)}}"#, to: "home/.docker/config.json")
            let found = try await CredentialStore(folder.locations()).credential(host: host, repository: repository)
            #expect(found == (holds ? annCredential : nil))
        }
    }

    @Test func theLongestKeyWins() async throws {
        try await ConfigurationFolder.with { folder async throws in
            try folder.write(
                #"{"auths": {"registry.example": \#(ann), "registry.example/team": \#(bob)}}"#,
                to: "home/.config/containers/auth.json")
            let store = CredentialStore(folder.locations())
            #expect(try await store.credential(host: "registry.example", repository: "team/app") == bobCredential)
            #expect(try await store.credential(host: "registry.example", repository: "other/app") == annCredential)
        }
    }

    @Test(arguments: [
        (#"{"auth": "YW5uOnNlY3JldA=="}"#, annCredential),
        (#"{"auth": "Ym9iOmE6Yg"}"#, bobCredential),
        (#"{"auth": "YW5uOnNlY3JldAAA"}"#, annCredential),
        (#"{"auth": "YW5uOg=="}"#, .password(user: "ann", password: "")),
        (#"{"username": "ann", "password": "secret"}"#, annCredential),
        (#"{"auth": "YW5uOg==", "identitytoken": "it"}"#, .identityToken("it")),
        (#"{"registrytoken": "rt"}"#, .registryToken("rt")),
        (#"{}"#, nil),
        (#"{"auth": "", "email": "ann@example"}"#, nil),
        (#"{"auth": null}"#, nil),
    ])
    func anEntryHasManyForms(entry: String, credential: Credential?) async throws {
        try await ConfigurationFolder.with { folder async throws in
            try folder.write(#"{"auths": {"registry.example": \#(entry)}}"#, to: "home/.docker/config.json")
            #expect(try await CredentialStore(folder.locations()).credential(host: "registry.example") == credential)
        }
    }

    @Test(arguments: [
        ("%%%", "is not base64"), ("YW5uO", "is not base64"), ("YW=uOnNl", "is not base64"),
        ("c2VjcmV0", "no colon"), ("//86//8=", "UTF-8"),
    ])
    func aBrokenEntryIsAnErrorThatKeepsTheSecret(auth: String, reason: String) async throws {
        try await ConfigurationFolder.with { folder async throws in
            try folder.write(
                #"{"auths": {"registry.example": {"auth": "\#(auth)"}}}"#, to: "home/.docker/config.json")
            let error = await #expect(throws: ImageError.self) {
                try await CredentialStore(folder.locations()).credential(host: "registry.example")
            }
            let text = error?.description ?? ""
            #expect(text.contains("config.json") && text.contains("registry.example") && text.contains(reason))
            #expect(!text.contains(auth))
            #expect(try await CredentialStore(folder.locations()).credential(host: "other.example") == nil)
        }
    }

    @Test(arguments: ["{", #"{"a": hush"#, "[]", #"{"auths": []}"#, #"{"auths": {}, "credHelpers": {"a": 1}}"#])
    func aBrokenFileIsAnErrorThatNamesIt(text: String) async throws {
        try await ConfigurationFolder.with { folder async throws in
            try folder.write(text, to: "home/.docker/config.json")
            let error = await #expect(throws: ImageError.self) {
                try await CredentialStore(folder.locations()).credential(host: "registry.example")
            }
            #expect(error?.description.contains("\(folder.home)/.docker/config.json") == true)
            #expect(error?.description.contains("hush") == false)
        }
    }

    @Test(arguments: [
        // In the order in which they are asked: each is used when those before it are not there.
        (["DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "XDG_RUNTIME_DIR"], "variable"),
        (["REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "XDG_RUNTIME_DIR"], "explicit"),
        (["DOCKER_CONFIG", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"], "folder"),
        (["XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"], "docker"),
        ([], "docker"),
    ])
    func placesAreAskedInTurn(variables: [String], winner: String) async throws {
        let all = [
            "DOCKER_AUTH_CONFIG": file("variable"), "REGISTRY_AUTH_FILE": "@/explicit.json",
            "DOCKER_CONFIG": "@/docker", "XDG_RUNTIME_DIR": "@/run", "XDG_CONFIG_HOME": "@/xdg",
        ]
        try await ConfigurationFolder.with { folder async throws in
            try folder.write([
                "explicit.json": file("explicit"), "docker/config.json": file("folder"),
                "home/.docker/config.json": file("docker"), "run/containers/auth.json": file("run"),
                "xdg/containers/auth.json": file("xdg"), "home/.config/containers/auth.json": file("config"),
            ])
            let store = CredentialStore(folder.locations(all.filter { variables.contains($0.key) }))
            #expect(try await store.credential(host: "registry.example")?.user == winner)
        }
    }

    @Test(
        arguments: [
            (["XDG_RUNTIME_DIR": "@/run", "XDG_CONFIG_HOME": "@/xdg"], "run"),
            (["XDG_CONFIG_HOME": "@/xdg"], "xdg"),
            (["XDG_CONFIG_HOME": ""], "config"),
            (["REGISTRY_AUTH_FILE": "@/missing.json"], nil),
            (["DOCKER_AUTH_CONFIG": #"{"auths": {"other.example": {}}}"#], "config"),
        ] as [([String: String], String?)])
    func theContainersFilesComeAfterDockers(variables: [String: String], winner: String?) async throws {
        try await ConfigurationFolder.with { folder async throws in
            try folder.write([
                "run/containers/auth.json": file("run"), "xdg/containers/auth.json": file("xdg"),
                "home/.config/containers/auth.json": file("config"),
            ])
            let store = CredentialStore(folder.locations(variables))
            #expect(try await store.credential(host: "registry.example")?.user == winner)
        }
    }

    @Test func aGivenCredentialGoesBeforeAll() async throws {
        let store = CredentialStore(
            ConfigurationLocations(environment: ["DOCKER_AUTH_CONFIG": "{"], home: "/nowhere"), given: annCredential)
        #expect(try await store.credential(host: "registry.example") == annCredential)
    }

    @Test func aBrokenVariableIsAnErrorThatNamesIt() async {
        let store = CredentialStore(
            ConfigurationLocations(environment: ["DOCKER_AUTH_CONFIG": #"{"auths": hush}"#], home: "/nowhere"))
        let error = await #expect(throws: ImageError.self) { try await store.credential(host: "registry.example") }
        #expect(error?.description.contains("DOCKER_AUTH_CONFIG") == true)
        #expect(error?.description.contains("hush") == false)
    }

    @Test func nothingIsSavedAnywhere() async throws {
        let store = CredentialStore(ConfigurationLocations(environment: [:], home: "/nowhere"))
        #expect(try await store.credential(host: "registry.example", repository: "team/app") == nil)
    }

    @Test(arguments: [
        Credential.password(user: "ann", password: "hush"), .identityToken("hush"), .registryToken("hush"),
    ])
    func aCredentialNeverShowsItsSecret(credential: Credential) {
        var dumped = ""
        dump([credential], to: &dumped)
        for text in ["\(credential)", String(reflecting: credential), "\([credential])", dumped] {
            #expect(!text.contains("hush"))
        }
    }

    /// A file whose only user is called like this.
    private func file(_ user: String) -> String {
        #"{"auths": {"registry.example": {"username": "\#(user)", "password": "p"}}}"#
    }
}
