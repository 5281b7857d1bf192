import JSON
import OCI
import TestKit
import Testing

@Suite("Changes in place")
struct EditPropertyTests {
    private static let amd64 = TestImage()
    private static let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))

    /// An index with fields that nobody knows, in an order that nobody writes.
    private static let value: JSONValue = [
        "x-first": ["z": 1, "a": [true, .null, "<&>"]], "schemaVersion": 2, "mediaType": .string(MediaType.ociIndex),
        "manifests": [entry(amd64, "amd64"), entry(arm64, "arm64")], "annotations": ["b": "1", "a": "2"], "x-last": "é",
    ]

    private static func entry(_ image: TestImage, _ architecture: String) -> JSONValue {
        [
            "digest": .string("\(image.digest)"), "size": .integer(image.descriptor.size), "x-entry": [:],
            "mediaType": .string(MediaType.ociManifest),
            "platform": ["os": "linux", "x-platform": 1, "architecture": .string(architecture)],
        ]
    }

    /// The layouts that the field's tools write.
    private static let layouts: [(name: String, text: String)] = [nil, "  ", "   ", "\t"].map { indent in
        (indent.map { "\($0.count) of \($0.first == "\t" ? "tab" : "space")" } ?? "compact", laidOut(value, indent))
    }

    @Test("undone give the bytes back", arguments: layouts.map(\.name))
    func undone(layout: String) async throws {
        let text = try #require(Self.layouts.first { $0.name == layout }?.text)
        let content = RawContent(text, children: [Self.amd64, Self.arm64])
        try await ImagePlace.with(.layout, ["v1": content]) { place in
            for (change, undo) in [
                (["--annotation", "new=1"], ["--remove-annotation", "new"]),
                (
                    ["--platform", "linux/arm64", "--annotation", "a=<1>", "--annotation", "b=2"],
                    ["--platform", "linux/arm64", "--remove-annotation", "b", "--remove-annotation", "a"]
                ),
                (
                    ["--platform", "linux/arm64", "--variant", "v9", "--os-version", "1"],
                    ["--platform", "linux/arm64/v9", "--variant", "", "--os-version", ""]
                ),
                (
                    ["--manifest", "--annotation", "k=v", "--platform", "linux/amd64"],
                    ["--manifest", "--remove-annotation", "k"]
                ),
            ] {
                for words in [change, undo] {
                    let outcome = try await Tool.imgtool.run(["annotate", place("v1")] + words)
                    #expect(outcome.status == 0, "\(outcome.error)")
                    #expect((try place.digest(of: "v1") == content.digest) == (words == undo), "\(words)")
                }
            }
        }
    }

    @Test("keep the layout and every field that nobody knows", arguments: layouts.map(\.name))
    func unknownFields(layout: String) async throws {
        let text = try #require(Self.layouts.first { $0.name == layout }?.text)
        let content = RawContent(text, children: [Self.amd64, Self.arm64])
        try await ImagePlace.with(.layout, ["v1": content]) { place in
            let removed = try await printed("remove", "--dry-run", "-q", place("v1"), "--platform", "linux/arm64")
            var expected = try #require(Self.value.object)
            expected["manifests"] = [Self.entry(Self.amd64, "amd64")]
            #expect(removed == Self.laidOut(.object(expected), layout == "compact" ? nil : Self.indent(of: text)))
        }
    }

    private static func indent(of text: String) -> String {
        String(text.drop { $0 != "\n" }.dropFirst().prefix { $0 == " " || $0 == "\t" })
    }

    /// The text of a value with any indent, made of one with two spaces.
    private static func laidOut(_ value: JSONValue, _ indent: String?) -> String {
        guard let indent else { return value.text(.compact) }
        let lines = value.text().split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { line in
            let depth = line.prefix { $0 == " " }.count / 2
            return String(repeating: indent, count: depth) + line.drop { $0 == " " }
        }.joined(separator: "\n")
    }
}

@Suite("A copy")
struct CopyPropertyTests {
    @Test("there and back is the identity", arguments: ["compact", "indented"])
    func identity(layout: String) async throws {
        let (amd64, arm64) = (TestImage(), TestImage(Platform(os: "linux", architecture: "arm64")))
        let index = TestIndex([amd64, arm64, TestImage.attestation(of: arm64.descriptor)], annotations: ["<": "é"])
        let text =
            try layout == "compact"
            ? JSONValue(parsing: index.manifest).text(.compact) : String(decoding: index.manifest, as: UTF8.self)
        let content = RawContent(text, children: index.children)
        try await ImagePlace.with(.registry, [:]) { registry in
            try await ImagePlace.with(.layout, ["v1": content]) { place in
                try await printed("copy", place("v1"), registry("v1"))
                try await printed("copy", registry("v1"), "\(place.name)-back:v1")
                let difference = try await Tool.imgtool.run(["diff", place("v1"), "\(place.name)-back:v1"])
                #expect(difference.status == 0, "\(difference.output)")
                try await printed("verify", "\(place.name)-back:v1")
            }
        }
    }
}
