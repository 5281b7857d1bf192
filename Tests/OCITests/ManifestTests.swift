import JSON
import OCI
import Testing

@Suite("Descriptors and indexes")
struct DescriptorTests {
    /// As Go's `json.MarshalIndent(index, "", "  ")` writes it, with members that no specification has.
    static let index = """
        {
          "schemaVersion": 2,
          "mediaType": "application/vnd.oci.image.index.v1+json",
          "artifactType": "application/x",
          "manifests": [
            {
              "mediaType": "application/vnd.oci.image.manifest.v1+json",
              "digest": "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
              "size": 3,
              "urls": [
                "https://a.example/?x=1\\u0026y"
              ],
              "annotations": {
                "a": "\\u003cb\\u003e",
                "b": "2"
              },
              "data": "YWJj",
              "platform": {
                "architecture": "arm64",
                "os": "linux",
                "os.version": "1",
                "os.features": [
                  "f"
                ],
                "variant": "v8",
                "zz": null
              },
              "artifactType": "application/y",
              "x-unknown": {
                "n": 9007199254740993
              }
            }
          ],
          "subject": {
            "mediaType": "",
            "digest": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "size": 0
          },
          "annotations": {
            "k": "v"
          },
          "y-unknown": []
        }
        """

    @Test("are written as they were read, byte for byte, with what nobody knows")
    func roundTrip() throws {
        let index = try Index(json: JSONValue(parsing: Self.index.utf8))
        #expect(index.json.text() == Self.index)
        #expect(index.manifests[0].platform?.description == "linux/arm64/v8")
        #expect(index.manifests[0].annotations == ["a": "<b>", "b": "2"])
        #expect(index.manifests[0].other == [.init("x-unknown", ["n": 9_007_199_254_740_993])])
        #expect(
            index.manifests[0].content
                == Descriptor(mediaType: MediaType.ociManifest, digest: Digest(of: Array("abc".utf8)), size: 3))
        #expect(
            Index(mediaType: MediaType.ociIndex).json.text(.compact)
                == #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#)
    }

    @Test(
        "are refused with the path to what is wrong",
        arguments: [
            ("[]", "it is a JSON array, not an object"),
            (#"{"manifests":{}}"#, "manifests: it is a JSON object, not a array"),
            (#"{"manifests":[1]}"#, "manifests[0]: it is a JSON number, not an object"),
            (#"{"manifests":[{}]}"#, "manifests[0].digest: it is missing"),
            (#"{"manifests":[{"digest":"x"}]}"#, "manifests[0].digest: it has no algorithm, as in sha256:…"),
            (#"{"manifests":[{"digest":"D"}]}"#, "manifests[0].size: it is missing"),
            (#"{"manifests":[{"digest":"D","size":-1}]}"#, "manifests[0].size: it is negative"),
            (
                #"{"manifests":[{"digest":"D","size":1.5}]}"#,
                "manifests[0].size: it is a JSON number, not a whole number"
            ),
            (
                #"{"manifests":[{"digest":"D","size":1,"platform":{"os":[]}}]}"#,
                "manifests[0].platform.os: it is a JSON array, not a string"
            ),
            (#"{"annotations":{"a":1}}"#, "annotations.a: it is a JSON number, not a string"),
        ])
    func refusals(_ text: String, _ problem: String) throws {
        let text = text.replacing(#""D""#, with: "\"\(Digest(of: []))\"")
        let json = try JSONValue(parsing: text.utf8)
        let error = #expect(throws: JSONShapeError.self) { try Index(json: json) }
        #expect(error?.description == problem)
    }

    @Test("know attestations by BuildKit's annotations")
    func attestations() {
        var descriptor = Descriptor(mediaType: MediaType.ociManifest, digest: Digest(of: []), size: 0)
        #expect(descriptor.attestedDigest == nil)
        descriptor.annotations[AnnotationKey.referenceType] = AnnotationKey.attestationManifest
        #expect(descriptor.attestedDigest?.isEmpty == true)
        descriptor.annotations[AnnotationKey.referenceDigest] = "sha256:1"
        #expect(descriptor.attestedDigest == "sha256:1")
    }
}

@Suite("The content of a manifest")
struct ManifestContentTests {
    private static let manifest = #"{"config":{"digest":"\#(Digest(of: []))","size":0},"layers":[]}"#

    private func content(_ text: String, _ type: String, digest: Digest? = nil) throws(ImageError) -> ManifestContent {
        try ManifestContent(bytes: Array(text.utf8), mediaType: type, digest: digest, of: "a.b/c:1")
    }

    @Test(
        "has the type that it says, or that the sender says, or that its fields say",
        arguments: [
            (#"{"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#, "", MediaType.ociIndex),
            (#"{"mediaType":"application/vnd.oci.image.index.v1+json"}"#, "application/json", MediaType.ociIndex),
            (#"{"manifests":[]}"#, MediaType.ociIndex, MediaType.ociIndex),
            (#"{"manifests":[]}"#, "", MediaType.ociIndex),
            (#"{"manifests":[]}"#, MediaType.dockerList, MediaType.dockerList),
            (#"{"manifests":[]}"#, "text/plain", MediaType.ociIndex),
            (manifest, "", MediaType.ociManifest), (manifest, MediaType.dockerManifest, MediaType.dockerManifest),
            (manifest, "application/octet-stream", MediaType.ociManifest),
        ])
    func types(_ text: String, _ sent: String, _ type: String) throws {
        let content = try content(text, sent)
        #expect(content.mediaType == type)
        #expect(content.bytes == Array(text.utf8))
        #expect(
            content.descriptor
                == Descriptor(mediaType: type, digest: Digest(of: Array(text.utf8)), size: Int64(text.utf8.count)))
        #expect(content.isIndex == MediaType.isIndex(type))
    }

    @Test(
        "is refused when it is not what it should be",
        arguments: [
            (
                #"{"mediaType":"application/vnd.oci.image.index.v1+json"}"#, MediaType.ociManifest,
                ImageError.Code.verification, "but says that it is"
            ),
            (#"{"manifests":[],"config":{}}"#, MediaType.ociManifest, .verification, "it is ambiguous"),
            (#"{"manifests":[],"layers":[]}"#, MediaType.dockerList, .verification, "that has \"layers\""),
            ("<html>", MediaType.ociManifest, .failed, "it is HTML"), ("", "", .failed, "it is empty"),
            ("[]", MediaType.ociManifest, .failed, "not a manifest"),
            (#"{"fsLayers":[]}"#, "", .failed, "schema 1"), ("{}", MediaType.dockerSchema1Signed, .failed, "schema 1"),
            ("{}", "", .failed, "it does not say what it is"),
            ("{}", "application/json", .failed, "not a manifest"),
            (#"{"mediaType":"application/x"}"#, "", .failed, "it is a application/x, not a manifest"),
        ])
    func refusals(_ text: String, _ sent: String, _ code: ImageError.Code, _ reason: String) {
        let error = #expect(throws: ImageError.self) { try content(text, sent) }
        #expect(error?.code == code)
        #expect(error?.description.hasPrefix("cannot use the manifest of a.b/c:1: ") == true)
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("is verified by the digest that was asked for, with its algorithm", arguments: Digest.Algorithm.allCases)
    func digests(_ algorithm: Digest.Algorithm) throws {
        let right = Digest(of: Array(Self.manifest.utf8), algorithm: algorithm)
        let wrong = Digest(of: Array("other".utf8), algorithm: algorithm)
        #expect(try content(Self.manifest, "", digest: right).digest == right)
        let error = #expect(throws: ImageError.self) { try content(Self.manifest, "", digest: wrong) }
        #expect(error?.code == .verification)
        #expect(error?.reason == "its content has the digest \(right), not \(wrong)")
    }

    @Test("is an index or the manifest of one image, never both")
    func views() throws {
        let index = ManifestContent(try Index(json: JSONValue(parsing: DescriptorTests.index.utf8)))
        #expect(index.bytes == Array(DescriptorTests.index.utf8))
        #expect(index.digest == Digest(of: index.bytes))
        #expect(try index.index().manifests.count == 1)
        #expect(throws: ImageError.self) { try index.imageManifest() }
        let image = try content(Self.manifest, "")
        #expect(try image.imageManifest().config.size == 0)
        #expect(throws: ImageError.self) { try image.index() }
        #expect(throws: ImageError.self) { try content("{\"layers\":[]}", MediaType.ociManifest).imageManifest() }
    }
}
