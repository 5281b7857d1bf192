import JSON
import OCI
import TestKit
import Testing

/// What `docker buildx imagetools` makes of the same images and words.
@Suite("docker buildx imagetools agrees", .enabled(if: Buildx.isAvailable))
struct BuildxTests {
    // MARK: inspect

    @Test(
        "about what inspect shows to people",
        arguments: [
            "one", "index", "docker", "list", "single", "windows", "annotated", "untyped", "bare", "nested", "empty",
            "urls",
        ])
    func texts(tag: String) async throws { try await compareInspect([], tag) }

    @Test("about the bytes of a manifest", arguments: ["one", "index", "docker", "list", "nested"])
    func bytes(tag: String) async throws {
        let reference = "\(try await BuildxScene.repository.value):\(tag)"
        let theirs = try await Buildx.imagetools(["inspect", "--raw", reference])
        #expect(try await imgtool("inspect", "--raw", reference).outputBytes == theirs.outputBytes)
    }

    @Test("about templates", arguments: BuildxScene.templates)
    func templates(tag: String, template: String) async throws {
        try await compareInspect(["--format", template], tag)
    }

    @Test(
        "about what is wrong with a template",
        arguments: [
            ("index", "x{{.Manifest.Diget}}"), ("index", "x{{.Manifest.Config}}"), ("index", "{{.Nam}}"),
            ("index", #"{{(index .Image "linux/s390x").Architecture}}"#), ("one", "{{.Image.Architectur}}"),
            ("one", "{{.Image.Config.Envs}}"), ("one", "{{.Image.OS.Name}}"), ("single", "{{.Provenance.SLSB}}"),
            ("index", #"{{range .Manifest.Manifests}}{{.Platfrom.OS}}{{end}}"#),
            ("bare", "x{{range .Manifest.Manifests}}{{.Platform.OS}}{{end}}"),
            ("one", "{{.Name"), ("one", "{{frob .Name}}"), ("one", #"{{template "x"}}"#), ("none", "{{.Name}}"),
        ])
    func mistakes(tag: String, template: String) async throws {
        let reference = "\(try await BuildxScene.repository.value):\(tag)"
        let words = ["inspect", "--format", template, reference]
        #expect(try await Buildx.imagetools(words).status != 0)
        let ours = try await Tool.imgtool.run(words)
        #expect(ours.status != 0 && ours.output == "", "\(ours.output)")
    }

    @Test("about the name", arguments: ["", ":one", "@", ":one@"])
    func names(suffix: String) async throws {
        let registry = try await RegistryServer.shared()
        let repository = try registry.repository(["latest": BuildxScene.index, "one": BuildxScene.index])
        let reference = repository + suffix + (suffix.hasSuffix("@") ? "\(BuildxScene.index.digest)" : "")
        for flags in [[], ["--format", "{{.Name}}"], ["--format", "{{json .Name}}"]] {
            let words = ["inspect"] + flags + [reference]
            let (theirs, ours) = (try await Buildx.imagetools(words), try await Tool.imgtool.run(words))
            #expect(Self.withoutTrailingSpace(ours.output) == Self.withoutTrailingSpace(theirs.output))
        }
    }

    private func compareInspect(_ flags: [String], _ tag: String) async throws {
        let words = ["inspect"] + flags + ["\(try await BuildxScene.repository.value):\(tag)"]
        let theirs = try await Buildx.imagetools(words)
        try #require(theirs.status == 0, "\(theirs.error)")
        let ours = try await Tool.imgtool.run(words)
        #expect(ours.status == 0, "\(ours.error)")
        #expect(Self.withoutTrailingSpace(ours.output) == Self.withoutTrailingSpace(theirs.output))
    }

    /// Tables of theirs are filled with spaces, and no newline ends what a template makes.
    private static func withoutTrailingSpace(_ text: String) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var line = line
            while line.last == " " { line.removeLast() }
            return String(line)
        }
        while lines.last == "" { lines.removeLast() }
        return lines.joined(separator: "\n")
    }

    // MARK: create

    @Test("about the bytes of an index", arguments: BuildxScene.creations)
    func creation(sources: [String]) async throws {
        let repository = try await BuildxScene.repository.value
        let words = sources.map { source in
            if source == "@index" { return "\(repository)@\(BuildxScene.index.digest)" }
            return source.hasPrefix("-") || source.contains("=") ? source : "\(repository):\(source)"
        }
        let name = "\(UInt64.random(in: 0...UInt64.max))"
        let (theirs, ours) = ("\(repository):theirs-\(name)", "\(repository):ours-\(name)")
        let their = try await Buildx.imagetools(["create", "-t", theirs] + words)
        try #require(their.status == 0, "\(their.error)")
        let our = try await Tool.imgtool.run(["create", "-t", ours] + words)
        try #require(our.status == 0, "\(our.error)")
        let expected = try await imgtool("inspect", "--raw", theirs).output
        #expect(try await imgtool("inspect", "--raw", ours).output == expected)
        #expect(our.output.hasSuffix("@\(Digest(of: Array(expected.utf8)))\n"))
        let dry = try await Tool.imgtool.run(["create", "--dry-run", "-t", ours] + words)
        let theirDry = try await Buildx.imagetools(["create", "--dry-run", "-t", theirs] + words)
        #expect(Self.withoutTrailingSpace(dry.output) == Self.withoutTrailingSpace(theirDry.output))
    }

    @Test func `about what is appended`() async throws {
        let registry = try await RegistryServer.shared()
        let repository = try registry.repository(["theirs": BuildxScene.index, "ours": BuildxScene.index])
        let source = "\(try await BuildxScene.repository.value):armv7"
        let their = try await Buildx.imagetools(["create", "--append", "-t", "\(repository):theirs", source])
        try #require(their.status == 0, "\(their.error)")
        _ = try await imgtool("create", "--append", "-t", "\(repository):ours", source)
        let expected = try await succeeds("digest", "\(repository):theirs")
        #expect(try await succeeds("digest", "\(repository):ours") == expected)
    }
}

/// Images for both.
enum BuildxScene {
    private static let amd64 = image("amd64")
    private static let arm64 = image("arm64", variant: "v8")
    private static let docker = TestImage(dockerTypes: true)
    private static let windows = TestImage(
        Platform(os: "windows", architecture: "amd64", osVersion: "10.0.17763.1", osFeatures: ["win32k", "x"]))
    static let index = TestIndex([amd64, arm64])

    /// A repository with everything, by tag.
    static let repository = Task {
        let (amd64, arm64) = (Self.amd64, Self.arm64)
        let provenance = attestation(of: amd64, [("https://slsa.dev/provenance/v0.2", slsa)])
        let both = attestation(
            of: amd64, [("https://spdx.dev/Document", spdx), ("https://slsa.dev/provenance/v1", slsa)])
        let envelopes = attestation(
            of: arm64, [("https://spdx.dev/Document", spdx), ("https://slsa.dev/provenance/v1", slsa)],
            inEnvelopes: true)
        let armv7 = image("arm", variant: "v7")
        var annotated = arm64.descriptor
        annotated.annotations = ["com.example.key": "<value>"]
        var urls = amd64.descriptor
        urls.urls = ["https://example.com/a", "https://example.com/b"]
        var bare = amd64.descriptor
        bare.platform = nil
        return try await RegistryServer.shared().repository([
            "one": amd64, "armv7": armv7, "index": index, "docker": docker,
            "list": TestIndex(
                [docker, TestImage(Platform(os: "linux", architecture: "arm64"), dockerTypes: true)], dockerTypes: true),
            "single": TestIndex([amd64]), "windows": TestIndex([amd64, windows]),
            "annotated": try listing([amd64.descriptor, annotated], [amd64, arm64]),
            "urls": try listing([urls], [amd64]), "bare": try listing([bare, arm64.descriptor], [amd64, arm64]),
            "untyped": try listing([amd64.descriptor, armv7.descriptor], [amd64, armv7], hasType: false),
            "nested": TestIndex([amd64, TestIndex([arm64, armv7])]), "empty": TestIndex([]),
            "attested": TestIndex([amd64, arm64, both]), "attested-one": TestIndex([amd64, both]),
            "attested-all": TestIndex([amd64, arm64, provenance, envelopes]),
            "described": TestImage(annotations: ["org.opencontainers.image.title": "x"]),
        ])
    }

    private static func image(_ architecture: String, variant: String? = nil) -> TestImage {
        TestImage(
            Platform(os: "linux", architecture: architecture, variant: variant),
            config: JSONObject([
                .init("created", "2023-04-05T06:07:08.120Z"), .init("author", "a <b@c>"),
                .init(
                    "config",
                    [
                        "Labels": ["b": "2", "a": "1 & 2"], "Env": ["PATH=/bin", "A=1"], "Cmd": ["sh", "-c"],
                        "ExposedPorts": ["80/tcp": [:]], "WorkingDir": "/", "OnBuild": .null,
                    ]),
                .init(
                    "history",
                    [
                        ["created": "2023-04-05T06:07:08Z", "created_by": "COPY a b", "comment": "buildkit"],
                        ["created_by": "CMD x", "empty_layer": true],
                    ]),
            ]))
    }

    private static let spdx: JSONValue = [
        "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "x<y", "size": 1234, "ok": true, "none": .null,
        "packages": [["versionInfo": "1", "name": "p"]],
    ]

    private static let slsa: JSONValue = [
        "buildType": "https://mobyproject.org/buildkit@v1", "builder": ["id": "https://example.com/builder"],
        "materials": [["uri": "pkg:docker/alpine", "digest": ["sha256": "aa"]]],
    ]

    private static func attestation(
        of image: TestImage, _ predicates: [(type: String, predicate: JSONValue)], inEnvelopes: Bool = false
    ) -> TestImage {
        TestImage.attestation(of: image.descriptor, predicates, inEnvelopes: inEnvelopes)
    }

    private static func listing(
        _ entries: [Descriptor], _ children: [TestImage], hasType: Bool = true
    ) throws -> RawContent {
        var index = Index(mediaType: MediaType.ociIndex, manifests: entries)
        if !hasType { index.mediaType = nil }
        return RawContent(index.json.text(), children: children)
    }

    static let templates: [(String, String)] = [
        ("one", "{{.Manifest}}"), ("index", "{{.Manifest}}"), ("list", "{{ .Manifest }}"), ("one", "{{.Name}}"),
        ("one", "{{json .Manifest}}"), ("index", "{{json .Manifest}}"), ("list", "{{json .Manifest}}"),
        ("annotated", "{{json .Manifest}}"), ("windows", "{{json .Manifest}}"),
        ("empty", "{{json .Manifest}}"), ("described", "{{json .Manifest}}"), ("attested", "{{json .Manifest}}"),
        ("one", "{{json .Image}}"), ("index", "{{json .Image}}"), ("docker", "{{json .Image}}"),
        ("windows", "{{json .Image}}"), ("bare", "{{json .Image}}"), ("nested", "{{json .Image}}"),
        ("empty", "{{json .Image}}"), ("single", "{{json .Image}}"), ("attested", "{{json .Image}}"),
        ("one", "{{json .}}"), ("index", "{{json .}}"), ("attested-one", "{{json .}}"),
        ("one", "{{.Image}}"), ("docker", "{{.Image}}"), ("one", "{{.Image.Created}}"),
        ("one", "{{.Image.OS}}/{{.Image.Architecture}}{{.Image.Variant}}"), ("one", "{{.Image.Config.Labels}}"),
        ("one", "{{.Image.Config.ExposedPorts}} {{.Image.Config.Volumes}} {{.Image.Config.User}}|"),
        ("one", "{{.Image.RootFS.DiffIDs}} {{.Image.RootFS.Type}}"), ("one", "{{json .Image.Config}}"),
        ("one", "{{range .Image.History}}{{.CreatedBy}}|{{.EmptyLayer}}|{{.Created}}|{{end}}"),
        ("one", "{{range $k, $v := .Image.Config.Labels}}{{$k}}={{$v}};{{end}}{{.Image.Config.Labels.none}}|"),
        ("index", #"{{json (index .Image "linux/arm64").Config.Env}}"#),
        ("index", #"{{index .Image "linux/s390x"}} {{json (index .Image "linux/s390x")}}"#),
        ("index", "{{range $p, $i := .Image}}{{$p}} {{$i.Architecture}};{{end}}"),
        ("index", "d {{.Manifest.Digest}} {{.Manifest.Size}} {{.Manifest.MediaType}}"),
        ("index", "d {{.Manifest.Digest.Encoded}} {{.Manifest.Digest.Algorithm}} {{.Manifest.Digest.String}}"),
        ("one", "d {{.Manifest.Digest}} {{.Manifest.Digest.Hex}} {{.Manifest.Platform}} {{.Manifest.URLs}}"),
        ("index", "{{range .Manifest.Manifests}}{{.Digest}} {{.Size}} {{.MediaType}}\n{{end}}"),
        (
            "windows",
            "{{range .Manifest.Manifests}}{{.Platform.OS}} {{.Platform.OSVersion}} {{.Platform.OSFeatures}};{{end}}"
        ),
        (
            "bare",
            "{{range .Manifest.Manifests}}{{if .Platform}}{{.Platform.Architecture}}{{else}}{{.Platform}}{{end}} {{end}}"
        ),
        (
            "annotated",
            #"{{range .Manifest.Manifests}}{{index .Annotations "com.example.key"}}|{{.Annotations}}{{end}}"#
        ),
        ("index", #"{{printf "%s@%s" .Name .Manifest.Digest}} {{len .Manifest.Manifests}}"#),
        ("one", #"{{html "<a b='c'>&\"" 1}} {{js "<a='\"\\\n"}} {{urlquery "a b/c?d=é~"}} {{"<" | html}}"#),
        ("one", #"{{define "x"}}[{{.}}]{{end}}{{template "x" .Name}}{{block "y" .}}{{.Name}}{{end}}{{template "x"}}"#),
        ("one", "{{json .SBOM}} {{json .Provenance}}"), ("index", "{{json .SBOM}} {{json .Provenance}}"),
        ("attested", "{{json .SBOM}}"), ("attested", "{{json .Provenance}}"), ("attested", "{{.SBOM}}"),
        ("attested-one", "{{json .SBOM}}{{json .Provenance}}"), ("attested-one", "{{.Provenance.SLSA.builder.id}}"),
        ("attested-one", "{{json .SBOM.SPDX.packages}} {{.SBOM.SPDX.none}} {{.SBOM.SPDX.nothing}}"),
        ("attested-all", "{{json .SBOM}}{{json .Provenance}}"),
        ("attested", #"{{json (index .SBOM "linux/arm64")}} {{(index .SBOM "linux/arm64").SPDX}}"#),
        (
            "attested",
            #"{{(index .SBOM "linux/amd64").SPDX.name}} {{json (index .Provenance "linux/amd64").SLSA.materials}}"#
        ),
    ]

    static let creations: [[String]] = [
        ["one"], ["docker"], ["one", "armv7"], ["armv7", "one"], ["docker", "armv7"], ["index"], ["list"],
        ["index", "armv7"],
        ["list", "armv7"], ["single", "armv7"], ["windows", "armv7"], ["annotated", "armv7"],
        ["urls", "armv7"], ["attested", "armv7"], ["untyped"], ["nested"], ["index", "index"], ["@index"],
        ["@index", "armv7"],
        ["--annotation", "index:a=b", "index", "armv7"],
        ["--annotation", "manifest-descriptor[linux/amd64]:a=b", "index", "armv7"],
    ]
}
