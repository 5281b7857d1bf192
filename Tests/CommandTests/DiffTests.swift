import JSON
import OCI
import TestKit
import Testing

@Suite("diff")
struct DiffTests {
    private let base = TestLayer("base", "base")
    private let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))
    private let s390x = TestImage(Platform(os: "linux", architecture: "s390x"))

    private func image(_ layers: [TestLayer], path: String, annotations: [String: String] = [:]) -> TestImage {
        var config = JSONObject()
        config["config"] = ["Env": ["HOME=/", .string("PATH=\(path)")], "User": "root"]
        return TestImage(layers: layers, annotations: annotations, config: config)
    }

    @Test("tells nothing of what is the same", arguments: ImagePlace.Kind.allCases)
    func same(kind: ImagePlace.Kind) async throws {
        let index = TestIndex([TestImage(), arm64])
        try await ImagePlace.with(kind, ["a": index, "b": index]) { place in
            let output = try await printed("diff", place("a"), place("b"))
            #expect(output == "")
        }
    }

    @Test("tells platform by platform what differs", arguments: ImagePlace.Kind.allCases)
    func different(kind: ImagePlace.Kind) async throws {
        let (top, newTop) = (TestLayer("top", "one"), TestLayer("top", "two"))
        let (old, new) = (
            image([base, top], path: "/bin"), image([base, newTop], path: "/usr/bin", annotations: ["note": "x"])
        )
        let attestation = TestImage.attestation(of: new.descriptor)
        let (first, second) = (
            TestIndex([old, arm64], annotations: ["k": "1"]),
            TestIndex([new, attestation, s390x], annotations: ["k": "2"])
        )
        try await ImagePlace.with(kind, ["a": first, "b": second]) { place in
            let outcome = try await Tool.imgtool.run(["diff", place("a"), place("b")])
            #expect(outcome.status == 1)
            #expect(outcome.error == "")
            #expect(
                outcome.output == """
                    --- \(place.printedName):a@\(first.digest)
                    +++ \(place.printedName):b@\(second.digest)
                      annotations.k: "1" → "2"
                    ~ linux/amd64  \(old.digest) → \(new.digest)
                        manifest annotations: added {"note":"x"}
                        config.Env.PATH: "/bin" → "/usr/bin"
                        layer =  \(Digest(of: base.blob))  2.07 kB  same
                        layer -  \(Digest(of: top.blob))  2.07 kB  gone
                        layer +  \(Digest(of: newTop.blob))  2.07 kB  new
                        attestation + \(attestation.digest)
                    + linux/s390x  \(s390x.digest)
                    - linux/arm64  \(arm64.digest)

                    """)
            let json = try await Tool.imgtool.run(["diff", "--format", "json", place("a"), place("b")])
            let images = try JSONValue(parsing: json.outputBytes)["images"]?.array ?? []
            #expect(images.map { $0["change"]?.string } == ["changed", "added", "removed"])
            #expect(images.map { $0["platform"]?.string } == ["linux/amd64", "linux/s390x", "linux/arm64"])
            #expect(images[0]["layers"]?.array?.map { $0["change"]?.string } == ["same", "gone", "new"])
            #expect(images[0]["config"]?.array?.first?["path"] == "config.Env.PATH")
        }
    }

    @Test func `says what makes a difference that no field shows`() async throws {
        let index = TestIndex([TestImage(), arm64])
        let compact = try RawContent(JSONValue(parsing: index.manifest).text(.compact), children: index.children)
        let turned = TestIndex([arm64, TestImage()])
        try await ImagePlace.with(.layout, ["a": index, "compact": compact, "turned": turned, "one": arm64]) { place in
            for (tag, note) in [
                ("compact", "only the layout of the text differs"), ("turned", "only the order differs"),
                ("one", "one is an index, the other a single image"),
            ] {
                let outcome = try await Tool.imgtool.run(["diff", place("a"), place(tag)])
                #expect(outcome.status == 1)
                #expect(outcome.output.contains(note))
            }
        }
    }

    @Test func `ends with 2 for any trouble`() async throws {
        try await ImagePlace.with(.registry, ["a": arm64]) { place in
            try await refused(2, "diff", place("a"), place("missing"), saying: ["missing"])
            try await refused(2, "diff", place("a"), "team/UPPER", saying: ["lower case"])
            try await refused(2, "diff", place("a"))
            try await refused(2, "diff", "127.0.0.1:1/none", place("a"), "--attempts", "1")
        }
    }

    @Test func `asks for nothing but the indexes when no image differs`() async throws {
        let registry = try await RegistryServer.shared()
        let repository = registry.freshRepository("lists")
        try registry.put(TestIndex([arm64, s390x], annotations: ["a": "1"]), in: repository, tag: "a")
        try registry.put(TestIndex([arm64, s390x]), in: repository, tag: "b")
        try await FaultProxy.with(registry) { proxy in
            let name = "\(proxy.host)/\(repository)"
            let outcome = try await Tool.imgtool.run(["diff", "\(name):a", "\(name):b"])
            #expect(outcome.status == 1)
            #expect(proxy.count(nil, "/manifests/") == 2)
            #expect(proxy.count(nil, "/blobs/") == 0)
        }
    }
}
