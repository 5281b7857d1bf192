import JSON
import OCI
import TestKit
import Testing

@Suite("sync after a file")
struct SyncFileTests {
    private func image(_ text: String) -> TestImage { TestImage(layers: [TestLayer("version", "\(text)\n")]) }

    @Test func `follows a file of regsync`() async throws {
        let registry = try await RegistryServer.shared()
        let source = try registry.repository([
            "1.0": image("1"), "1.1": image("2"), "2.0": image("3"), "edge": image("4"),
        ])
        try await TemporaryFolder.with { folder in
            let file = try folder.write(
                "sync.yaml",
                text: """
                    version: 1
                    creds:
                      - registry: \(registry.host)
                        tls: disabled
                    defaults:
                      parallel: 2
                      interval: 60m
                    sync:
                      - source: \(source)
                        target: \(source)-some
                        type: repository
                        tags:
                          allow: ["1[.]\\\\d", edge]
                          deny: ["1.0"]
                      - source: \(source):2.0
                        target: \(source)-one:two
                        type: image
                      - source: \(source)
                        target: \(source)-range
                        type: repository
                        tags: {semverRange: [">=1.1"]}

                    """)
            let outcome = try await Tool.imgtool.run(["sync", "-f", file])
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(outcome.error.contains("creds, interval, parallel mean nothing here"))
            #expect(outcome.error.contains("5 tags: 5 copied"))
            #expect(registry.tags(of: path(of: source) + "-some") == ["1.1", "edge"])
            #expect(registry.tags(of: path(of: source) + "-one") == ["two"])
            #expect(registry.tags(of: path(of: source) + "-range") == ["1.1", "2.0"])
        }
    }

    @Test func `follows a file of skopeo`() async throws {
        let registry = try await RegistryServer.shared()
        let source = try registry.repository(["1.0": image("1"), "1.1": image("2"), "edge": image("4")])
        let repository = path(of: source)
        let last = repository.split(separator: "/").last.map(String.init) ?? ""
        try await TemporaryFolder.with { folder in
            let text = """
                \(registry.host):
                  tls-verify: false
                  images:
                    \(repository): ["1.0", "\(image("4").digest)"]
                  images-by-semver:
                    \(repository): ">1.0"
                  images-by-tag-regex:
                    \(repository): ^ed

                """
            let file = try folder.write("sync.yaml", text: text)
            try await refused(2, "sync", "-f", file, saying: ["does not say where"])
            let target = "\(registry.host)/mirror-\(last)"
            try await printed("sync", "-q", "-f", file, target)
            let tags = registry.tags(of: "mirror-\(last)/\(last)")
            #expect(tags == ["1.0", "1.1", "edge", "sha256-\(image("4").digest.hex)"])
        }
    }

    @Test func `says what is wrong with a file, and does nothing then`() async throws {
        try await TemporaryFolder.with { folder in
            for (text, part) in [
                ("sync:\n  - source: [", "line 3"), ("sync:\n  - {source: a, target: b}\n", "sync[0].type is missing"),
                ("sync:\n  - {source: a, target: b, type: repository, backup: x}\n", "\"backup\""),
                ("other: 1\nsync: []\n", "\"other\""), ("- a\n", "no mapping"),
                ("sync:\n  - {source: a, target: b, type: repository, tags: {allow: [\"(\"]}}\n", "regular expression"),
                // A typo must not copy everything.
                ("sync:\n  - {source: a, target: b, type: repository, tags: {alow: [x]}}\n", "\"alow\""),
                ("sync:\n  - {source: a, target: b, type: repository, tags: [x]}\n", "sync[0].tags is no mapping"),
                ("sync:\n  - {source: a.b, target: b, type: registry, repos: {alow: [x]}}\n", "\"alow\""),
                ("sync:\n  - {source: a.b, target: b, type: registry, repos: x}\n", "sync[0].repos is no mapping"),
                (
                    "sync:\n  - {source: a, target: b, type: repository, referrerFilters: [{annotations: {a: b}}]}\n",
                    "\"annotations\""
                ), ("sync:\n  - {source: a, target: b, type: repository, newest: [1]}\n", "newest"),
                ("sync:\n  - {source: a, target: b, type: repository, delete: [true]}\n", "delete is true or false"),
                ("sync: {source: a, target: b, type: repository}\n", "sync is no list"),
                ("sync: []\ndefaults: [x]\n", "defaults is no mapping"),
            ] {
                let file = try folder.write("sync.yaml", text: text)
                try await refused(2, "sync", "-f", file, saying: [part])
            }
            try await refused(2, "sync", "-f", folder.file("absent"), saying: ["absent"])
            try await refused(2, "sync", "localhost:1/a:tag", "localhost:1/b", saying: ["one image"])
        }
    }

    @Test func `does the rest of a file when one repository is not to be had`() async throws {
        let registry = try await RegistryServer.shared()
        let source = try registry.repository(["1.0": image("1")])
        try await TemporaryFolder.with { folder in
            let absent = "\(source)-absent"
            let text = """
                sync:
                  - {source: "\(absent)", target: "\(source)-none", type: repository}
                  - {source: "127.0.0.1:1", target: "\(source)-none", type: registry}
                  - {source: "\(source)", target: "\(source)-some", type: repository}

                """
            let file = try folder.write("sync.yaml", text: text)
            let outcome = try await Tool.imgtool.run(["sync", "-f", file])
            #expect(outcome.status == 3)
            #expect(outcome.output == "\(source)-some:1.0@\(image("1").digest)\n")
            #expect(outcome.error.contains("1 tag: 1 copied; 2 of 3 repositories failed\n"), "\(outcome.error)")
            #expect(outcome.error.contains(absent) && outcome.error.contains("127.0.0.1:1"))
            let json = try await Tool.imgtool.run(["sync", "--json", "-f", file])
            let results = try JSONValue(parsing: json.outputBytes)["repositories"]?.array ?? []
            #expect(results.map { $0["error"] == nil } == [false, false, true])
        }
    }

    @Test func `follows a file about whole registries`() async throws {
        try await RegistryServer.with { source in
            for (path, tag) in [("team/app", "1"), ("team/app", "2"), ("team/tool", "1"), ("other/app", "1")] {
                try source.put(image("\(path) \(tag)"), in: path, tag: tag)
            }
            try await RegistryServer.with { target in
                try await TemporaryFolder.with { folder in
                    let file = try folder.write(
                        "sync.yaml",
                        text: """
                            version: 1
                            sync:
                              - source: \(source.host)
                                target: \(target.host)/mirror
                                type: registry
                                repos:
                                  allow: ["team/.*", "other"]
                                  deny: ["team/to+l"]
                                tags:
                                  deny: ["2"]

                            """)
                    let output = try await printed("sync", "-q", "-f", file)
                    let digest = image("team/app 1").digest
                    #expect(output == "\(target.host)/mirror/team/app:1@\(digest)\n")
                    #expect(try await printed("repositories", target.host) == "\(target.host)/mirror/team/app\n")
                    #expect(try await printed("sync", "-q", "-f", file) == "")
                }
            }
        }
    }
}
