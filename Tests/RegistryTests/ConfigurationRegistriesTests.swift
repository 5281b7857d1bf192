import OCI
import Registry
import Testing

@Suite struct ConfigurationRegistriesTests {
    private static let tag = ManifestReference.tag("latest")
    private static let digest = ManifestReference.digest(Digest(of: []))

    private static let example = """
        unqualified-search-registries = ["example.com"]
        [[registry]]
        prefix = "example.com/foo"
        location = "internal.example/bar"
        [[registry.mirror]]
        location = "mirror-0.example/mirror-for-foo"
        [[registry.mirror]]
        location = "mirror-1.example/mirrors/foo"
        insecure = true
        [[registry]]
        location = "registry.com"
        insecure = true
        [[registry.mirror]]
        location = "mirror.registry.com/"
        """

    @Test(arguments: [
        (
            "example.com/foo/image",
            [
                "mirror-0.example/mirror-for-foo/image ?", "mirror-1.example/mirrors/foo/image ?!",
                "internal.example/bar/image",
            ]
        ),
        (
            "example.com/foo",
            ["mirror-0.example/mirror-for-foo ?", "mirror-1.example/mirrors/foo ?!", "internal.example/bar"]
        ),
        ("example.com/food", ["example.com/food"]),
        ("example.com/other", ["example.com/other"]),
        ("registry.com/a/b", ["mirror.registry.com/a/b ?", "registry.com/a/b !"]),
        ("registry.com:5000/a/b", ["registry.com:5000/a/b"]),
    ])
    func mirrorsComeFirstAndPrefixesAreReplaced(name: String, endpoints: [String]) async throws {
        try await with(Self.example) { configuration throws in
            let found = try configuration.endpoints(for: repository(name), reference: Self.tag)
            #expect(found.map(text) == endpoints)
            let primary = try configuration.primary(for: repository(name))
            #expect(primary.repository == repository(name), "redirection is for reading only")
            #expect(primary.insecure == (endpoints.last?.hasSuffix("!") ?? false))
        }
    }

    @Test(arguments: [
        ("", true, true, true), ("all", true, true, true), ("digest-only", false, true, false),
        ("tag-only", true, false, false),
    ])
    func aMirrorMayBeForTagsOrDigestsOnly(use: String, tag: Bool, digest: Bool, neither: Bool) async throws {
        let text = """
            [[registry]]
            location = "registry.example"
            [[registry.mirror]]
            location = "mirror.example"
            pull-from-mirror = "\(use)"
            """
        try await with(text) { configuration throws in
            for (reference, expected) in [(Self.tag, tag), (Self.digest, digest), (nil, neither)] {
                let found = try configuration.endpoints(for: repository("registry.example/a"), reference: reference)
                #expect(found.contains { $0.isMirror } == expected)
                #expect(found.last?.repository == repository("registry.example/a"))
            }
        }
    }

    @Test func allMirrorsMayBeForDigestsOnly() async throws {
        let text = """
            [[registry]]
            location = "registry.example"
            mirror-by-digest-only = true
            [[registry.mirror]]
            location = "mirror.example"
            """
        try await with(text) { configuration throws in
            #expect(try endpoints("registry.example/a", Self.tag, configuration).count == 1)
            #expect(try endpoints("registry.example/a", Self.digest, configuration).count == 2)
        }
    }

    @Test(arguments: [
        ("a.example.com/x", "a.example.com/x !"), ("a.b.example.com:5000/x", "a.b.example.com:5000/x !"),
        ("example.com/x", "example.com/x"), ("aexample.com/x", "aexample.com/x"),
        ("other.org/a.example.com", "other.org/a.example.com"), ("a.moved.example/x", "new.example/x"),
        ("exact.example.com/x", "exact.example.com/x"),
    ])
    func aWildcardStandsForSubdomains(name: String, endpoint: String) async throws {
        let text = """
            [[registry]]
            prefix = "*.example.com"
            insecure = true
            [[registry]]
            prefix = "*.moved.example"
            location = "new.example"
            [[registry]]
            location = "exact.example.com"
            """
        try await with(text) { configuration throws in
            let found = try configuration.endpoints(for: repository(name), reference: Self.tag)
            #expect(found.map(self.text) == [endpoint])
        }
    }

    @Test func theLongestPrefixWinsEvenIfItIsATag() async throws {
        let text = """
            [[registry]]
            prefix = "r.example/team/app:latest"
            location = "tag.example/app:latest"
            [[registry]]
            prefix = "r.example/team"
            location = "team.example"
            [[registry]]
            location = "r.example"
            blocked = true
            """
        try await with(text) { configuration throws in
            #expect(try endpoints("r.example/team/app", Self.tag, configuration) == ["tag.example/app"])
            #expect(try endpoints("r.example/team/app", .tag("1"), configuration) == ["team.example/app"])
            let error = #expect(throws: ImageError.self) {
                try configuration.endpoints(for: repository("r.example/other"), reference: Self.tag)
            }
            #expect(error?.code == .denied)
            #expect(error?.description.contains("registries.conf") == true)
            #expect(throws: ImageError.self) { try configuration.primary(for: repository("r.example/other")) }
        }
    }

    @Test func theOldVersionOneStillBlocksAndAllows() async throws {
        let text = """
            [registries.search]
            registries = ["s.example"]
            [registries.insecure]
            registries = ["i.example"]
            [registries.block]
            registries = ["b.example", "i.example/bad"]
            """
        try await with(text) { configuration throws in
            #expect(try configuration.primary(for: repository("i.example/a")).insecure)
            #expect(try configuration.primary(for: repository("s.example/a")).insecure == false)
            for name in ["b.example/a", "i.example/bad/a"] {
                #expect(throws: ImageError.self) { try configuration.primary(for: repository(name)) }
            }
        }
    }

    @Test(arguments: [
        ("[[registry", "line 1"),
        ("[[registry]]\ninsecure = true", "registry[0]"),
        ("[[registry]]\nprefix = \"a.example\"", "no location"),
        ("[[registry]]\nlocation = \"https://a.example\"", "https://"),
        ("[[registry]]\nlocation = \"a.example\"\ninsecure = \"yes\"", "registry[0].insecure"),
        ("[[registry]]\nprefix = \"a.*.example\"\nlocation = \"b\"", "wildcard"),
        ("[[registry]]\nlocation = \"a\"\n[[registry.mirror]]\ninsecure = true", "registry[0].mirror[0].location"),
        ("[[registry]]\nlocation = \"a\"\n[[registry.mirror]]\nlocation = \"b\"\npull-from-mirror = \"x\"", "\"x\""),
        ("registry = 1", "registry"),
    ])
    func aBrokenFileIsAnErrorThatNamesFileAndPlace(text: String, place: String) async throws {
        try await ConfigurationFolder.with { folder async throws in
            try folder.write(text, to: "etc/containers/registries.conf")
            let error = #expect(throws: ImageError.self) { try RegistriesConfiguration(folder.locations()) }
            let description = error?.description ?? ""
            #expect(description.contains("\(folder.etc)/containers/registries.conf"))
            #expect(description.contains(place), "\(description)")
        }
    }

    @Test(arguments: [
        (["etc"], "etc"), (["etc", "etc.d/1"], "etc.d/1"), (["etc", "etc.d/1", "etc.d/2"], "etc.d/2"),
        (["etc", "etc.d/2", "home.d/1"], "home.d/1"), (["etc", "etc.d/1", "home"], "home"),
        (["etc", "home", "home.d/1"], "home.d/1"), (["home.d/1"], "home.d/1"),
        (["etc", "home", "explicit"], "explicit"),
        (["explicit", "explicit.d/1"], "explicit.d/1"),
    ])
    func laterFilesReplaceTheSamePrefix(files: [String], winner: String) async throws {
        try await ConfigurationFolder.with { folder async throws in
            for file in files {
                let parts = file.split(separator: ".d/")
                let bases = [
                    "etc": "etc/containers/registries.conf", "home": "home/.config/containers/registries.conf",
                    "explicit": "explicit.conf",
                ]
                let base = try #require(bases[String(parts[0])])
                let text = "[[registry]]\nprefix = \"r.example\"\nlocation = \"found.example/\(file)\""
                try folder.write(text, to: parts.count == 1 ? base : "\(base).d/\(parts[1]).conf")
                if parts.count == 2 { try folder.write("broken", to: "\(base).d/README") }
            }
            let environment = files.contains("explicit") ? ["CONTAINERS_REGISTRIES_CONF": "@/explicit.conf"] : [:]
            let configuration = try RegistriesConfiguration(folder.locations(environment))
            #expect(try endpoints("r.example/a", Self.tag, configuration) == ["found.example/\(winner)/a"])
        }
    }

    @Test func aFileThatWasNamedMustBeThere() {
        let locations = ConfigurationLocations(
            environment: ["CONTAINERS_REGISTRIES_CONF": "/nowhere/r.conf"], home: "/nowhere", system: "/nowhere")
        let error = #expect(throws: ImageError.self) { try RegistriesConfiguration(locations) }
        #expect(error?.description.contains("/nowhere/r.conf") == true)
    }

    @Test func withoutAnyFileEveryRepositoryIsWhereItsNameSays() throws {
        let configuration = try RegistriesConfiguration(
            ConfigurationLocations(environment: [:], home: "/nowhere", system: "/nowhere"))
        let alpine = repository("docker.io/library/alpine")
        #expect(try configuration.endpoints(for: alpine, reference: nil) == [RegistryEndpoint(repository: alpine)])
        #expect(try configuration.primary(for: alpine) == RegistryEndpoint(repository: alpine))
    }

    private func with(_ text: String, _ body: (RegistriesConfiguration) throws -> Void) async throws {
        try await ConfigurationFolder.with { folder async throws in
            try folder.write(text, to: "etc/containers/registries.conf")
            try body(RegistriesConfiguration(folder.locations()))
        }
    }

    private func endpoints(
        _ name: String, _ reference: ManifestReference?, _ configuration: RegistriesConfiguration
    ) throws -> [String] {
        try configuration.endpoints(for: repository(name), reference: reference).map(text)
    }

    /// `host/path`, with `?` for a mirror and `!` for an insecure one.
    private func text(_ endpoint: RegistryEndpoint) -> String {
        let marks = (endpoint.isMirror ? "?" : "") + (endpoint.insecure ? "!" : "")
        return marks.isEmpty ? "\(endpoint.repository)" : "\(endpoint.repository) \(marks)"
    }

    private func repository(_ name: String) -> Repository {
        let parts = name.split(separator: "/", maxSplits: 1)
        return Repository(host: String(parts[0]), path: String(parts[1]))
    }
}
