import ImageTools
import JSON
import OCI
import TestKit
import Testing

@Suite("An index that is put together")
struct IndexAssemblyTests {
    private typealias Source = IndexAssembly.Source

    private func source(_ content: any TestContent, _ name: String = "source", isBase: Bool = false) throws -> Source {
        let parsed = try ManifestContent(
            bytes: content.manifest, mediaType: content.descriptor.mediaType, digest: nil, of: name)
        return Source(name: name, content: parsed, entry: content.descriptor, isBase: isBase)
    }

    private func source(_ json: String, _ name: String = "source", isBase: Bool = false) throws -> Source {
        let parsed = try ManifestContent(bytes: Array(json.utf8), mediaType: "", digest: nil, of: name)
        return Source(name: name, content: parsed, entry: parsed.descriptor, isBase: isBase)
    }

    private func image(_ platform: String, dockerTypes: Bool = false, _ text: String = "") throws -> TestImage {
        TestImage(
            try Platform(parsing: platform), layers: [TestLayer("f", text)], dockerTypes: dockerTypes)
    }

    private func index(of sources: [Source]) throws -> Index {
        var assembly = try IndexAssembly(sources)
        return try assembly.finished().index()
    }

    private func entry(_ digit: String, _ rest: String) -> String {
        let digest = "sha256:" + String(repeating: digit, count: 64)
        return #"{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"\#(digest)","size":7\#(rest)}"#
    }

    @Test func `has the entries of its sources in their order, each digest once, indexes flattened`() throws {
        let (amd64, arm64) = (try image("linux/amd64"), try image("linux/arm64"))
        let (arm, s390x) = (try image("linux/arm/v7"), try image("linux/s390x"))
        let made = try index(of: [
            source(arm), source(TestIndex([amd64, arm64])), source(arm64), source(TestIndex([s390x, amd64])),
        ])
        #expect(made.manifests == [arm, amd64, arm64, s390x].map(\.descriptor))
    }

    @Test func `lists an index in an index as it is`() throws {
        let inner = TestIndex([try image("linux/amd64")])
        let made = try index(of: [source(TestIndex([inner])), source(image("linux/arm64"))])
        #expect(made.manifests.first == inner.descriptor)
    }

    @Test func `is a docker list only of docker's types, and only while such a list can say everything`() throws {
        let docker = try image("linux/amd64", dockerTypes: true)
        let other = try image("linux/arm64", dockerTypes: true)
        let oci = try image("linux/s390x")
        #expect(try index(of: [source(docker), source(other)]).mediaType == MediaType.dockerList)
        #expect(try index(of: [source(docker), source(oci)]).mediaType == MediaType.ociIndex)
        let annotated = TestIndex([docker], annotations: ["a": "b"])
        #expect(try index(of: [source(annotated), source(other)]).mediaType == MediaType.ociIndex)
        var assembly = try IndexAssembly([source(docker), source(other)])
        try assembly.annotate([AnnotationRule(parsing: "a=b")])
        #expect(try assembly.finished().mediaType == MediaType.ociIndex)
        #expect(assembly.warnings.count == 1)
    }

    @Test func `keeps what nobody knows, and what entries say that exist`() throws {
        let json = """
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","artifactType":"application/x.y",
            "manifests":[\(entry("a", #","platform":{"architecture":"arm64","os":"linux","variant":"v8","x":1},"y":[2]"#))],
            "annotations":{"k":"v"},"z":{"deep":true}}
            """
        let added = try image("linux/amd64")
        let made = try index(of: [source(json), source(added)])
        #expect(made.artifactType == "application/x.y")
        #expect(made.annotations == ["k": "v"])
        #expect(made.other == [JSONObject.Member("z", ["deep": true])])
        #expect(made.manifests[0].other == [JSONObject.Member("y", [2])])
        #expect(made.manifests[0].platform?.variant == "v8")
        #expect(made.manifests[0].platform?.other == [JSONObject.Member("x", 1)])
        #expect(made.manifests[1] == added.descriptor)
    }

    @Test func `unites annotations, the first source's first, and drops what the sources disagree on with a warning`()
        throws
    {
        let (one, two) = (try image("linux/amd64"), try image("linux/arm64"))
        let subjects = [TestImage.artifact("a/b", "1").descriptor, TestImage.artifact("a/b", "2").descriptor]
        var assembly = try IndexAssembly([
            source(TestIndex([one], annotations: ["a": "1", "b": "1"], subject: subjects[0])),
            source(TestIndex([two], annotations: ["b": "2", "c": "2"], subject: subjects[1])),
        ])
        let made = try assembly.finished().index()
        #expect(made.annotations == ["a": "1", "b": "1", "c": "2"])
        #expect(made.subject == nil)
        #expect(assembly.warnings.count == 2)

        var agreeing = try IndexAssembly([
            source(TestIndex([one], subject: subjects[0])), source(TestIndex([two], subject: subjects[0])),
        ])
        #expect(try agreeing.finished().index().subject == subjects[0].content)
        #expect(agreeing.warnings == [])
    }

    @Test func `refuses two images of one platform and names both`() throws {
        let (old, new) = (try image("linux/arm64"), try image("linux/arm64", "new"))
        let error = try #require(throws: ImageError.self) {
            try IndexAssembly([source(old, "here"), source(TestIndex([new]), "there")])
        }
        #expect(error.code == .failed)
        for part in ["linux/arm64", "here", "there", "\(old.digest)", "\(new.digest)"] {
            #expect(error.description.contains(part), "\(error)")
        }
        // The same with another spelling, but not with another version of the operating system.
        let spelled = entry("a", #","platform":{"architecture":"arm64","os":"linux","variant":"v8"}"#)
        #expect(throws: ImageError.self) {
            try IndexAssembly([source(old), source(#"{"schemaVersion":2,"manifests":[\#(spelled)]}"#)])
        }
        let versions = ["10.0.17763", "10.0.20348"].map {
            TestImage(Platform(os: "windows", architecture: "amd64", osVersion: $0))
        }
        #expect(try index(of: versions.map { try source($0) }).manifests.count == 2)
    }

    // MARK: Appending

    @Test func `replaces entries of what the tag holds in their place, with their attestations`() throws {
        let (amd64, arm64) = (try image("linux/amd64"), try image("linux/arm64"))
        let old = TestIndex([
            amd64, arm64, TestImage.attestation(of: amd64.descriptor, "1"),
            TestImage.attestation(of: arm64.descriptor, "2"),
        ])
        let new = try image("linux/amd64", "new")
        let attestation = TestImage.attestation(of: new.descriptor, "3")
        let made = try index(of: [source(old, isBase: true), source(TestIndex([new, attestation]))])
        #expect(
            made.manifests == [
                new.descriptor, arm64.descriptor, TestImage.attestation(of: arm64.descriptor, "2").descriptor,
                attestation.descriptor,
            ])
    }

    @Test func `replaces everything that the tag holds for a platform`() throws {
        let (one, two) = (try image("linux/amd64", "1"), try image("linux/amd64", "2"))
        let (other, new) = (try image("linux/arm64"), try image("linux/amd64", "new"))
        let made = try index(of: [source(TestIndex([one, other, two]), isBase: true), source(new)])
        #expect(made.manifests == [new.descriptor, other.descriptor])
    }

    @Test func `leaves an entry as it is when its own image is added again`() throws {
        let image = try image("linux/arm64")
        var stated = image.descriptor
        stated.platform?.variant = "v8"
        stated.annotations = ["a": "b"]
        var list = Index(mediaType: MediaType.ociIndex, manifests: [stated])
        list.annotations = ["k": "v"]
        let base = Source(name: "base", content: ManifestContent(list), entry: image.descriptor, isBase: true)
        #expect(try index(of: [base, source(image)]) == list)
    }

    @Test func `keeps the tag's own fields without a warning`() throws {
        let subject = TestImage.artifact("a/b", "1").descriptor
        var assembly = try IndexAssembly([
            source(TestIndex([image("linux/amd64")], annotations: ["a": "1"]), isBase: true),
            source(TestIndex([image("linux/arm64")], annotations: ["a": "2", "b": "2"], subject: subject)),
        ])
        let made = try assembly.finished().index()
        #expect(made.annotations == ["a": "1", "b": "2"])
        #expect(made.subject == nil)
        #expect(assembly.warnings == [])
    }

    // MARK: Choosing and annotating

    @Test func `keeps chosen platforms with their attestations, and what names no platform`() throws {
        let (amd64, arm64) = (try image("linux/amd64"), try image("linux/arm64"))
        let attestations = [amd64, arm64].map { TestImage.attestation(of: $0.descriptor, "\($0.digest)") }
        let artifact = TestImage.artifact("a/b", "text")
        var assembly = try IndexAssembly([source(TestIndex([amd64, arm64, artifact] + attestations))])
        try assembly.keep([Platform(parsing: "linux/arm64/v8")])
        #expect(assembly.entries.map(\.digest) == [arm64, artifact, attestations[1]].map(\.digest))
        let error = try #require(throws: ImageError.self) { try assembly.keep([Platform(parsing: "linux/s390x")]) }
        #expect(error.code == .notFound)
        #expect(error.description.hasSuffix("they have linux/arm64"))
    }

    @Test func `annotates the index, all entries or those of a platform, however it is spelled`() throws {
        let stated = entry("a", #","platform":{"architecture":"arm64","os":"linux","variant":"v8"}"#)
        let nameless = entry("b", "")
        var assembly = try IndexAssembly([source(#"{"schemaVersion":2,"manifests":[\#(stated),\#(nameless)]}"#)])
        try assembly.annotate([
            AnnotationRule(parsing: "index:i=1"), AnnotationRule(parsing: "manifest-descriptor:all=2"),
            AnnotationRule(parsing: "manifest-descriptor[linux/arm64]:arm=3"),
        ])
        let made = try assembly.finished().index()
        #expect(made.annotations == ["i": "1"])
        #expect(made.manifests.map(\.annotations) == [["all": "2", "arm": "3"], ["all": "2"]])
        let error = #expect(throws: ImageError.self) {
            try assembly.annotate([AnnotationRule(parsing: "manifest-descriptor[linux/s390x]:a=b")])
        }
        #expect(error?.code == .notFound)
    }

    @Test func `is never empty`() throws {
        var assembly = try IndexAssembly([source(#"{"schemaVersion":2,"manifests":[]}"#)])
        #expect(throws: ImageError.self) { try assembly.finished() }
    }
}
