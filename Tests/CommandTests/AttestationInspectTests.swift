import JSON
import OCI
import TestKit
import Testing

@Suite("inspect shows attestations")
struct AttestationInspectTests {
    private static let amd64 = TestImage()
    private static let arm64 = TestImage(Platform(os: "linux", architecture: "arm64"))
    private static let spdx: JSONValue = ["spdxVersion": "SPDX-2.3", "packages": [["name": "a"], ["name": "b"]]]
    private static let slsa: JSONValue = [
        "runDetails": ["builder": ["id": "https://example.com/b"]],
        "buildDefinition": ["resolvedDependencies": [["uri": "pkg:docker/alpine"]]],
    ]

    private static func index(inEnvelopes: Bool = false) -> TestIndex {
        let bill = TestImage.attestation(
            of: amd64.descriptor,
            [
                ("https://spdx.dev/Document", spdx), ("https://slsa.dev/provenance/v1", slsa),
                ("https://cyclonedx.org/bom", ["components": [[:]]]), ("https://spdx.dev/Document", ["n": 2]),
            ], inEnvelopes: inEnvelopes)
        return TestIndex([amd64, arm64, bill])
    }

    @Test("to people", arguments: [false, true])
    func people(inEnvelopes: Bool) async throws {
        let repo = try await RegistryServer.shared().repository(["v1": Self.index(inEnvelopes: inEnvelopes)])
        let amd64 = """
            linux/amd64: 4 attestations
              https://spdx.dev/Document       2 packages
              https://slsa.dev/provenance/v1  builder https://example.com/b, 1 material
              https://cyclonedx.org/bom       1 package
              https://spdx.dev/Document
            """
        #expect(
            try await succeeds("inspect", "--attestations", "\(repo):v1") == amd64 + "\n\nlinux/arm64: no attestations")
        #expect(try await succeeds("inspect", "--attestations", "--platform", "linux/amd64", "\(repo):v1") == amd64)
    }

    @Test("to templates", arguments: [false, true])
    func templates(inEnvelopes: Bool) async throws {
        let repo = try await RegistryServer.shared().repository(["v1": Self.index(inEnvelopes: inEnvelopes)])
        let cases = [
            (#"{{(index .SBOM "linux/amd64").SPDX.spdxVersion}}"#, "SPDX-2.3"),
            (#"{{len (index .SBOM "linux/amd64").AdditionalSPDXs}}"#, "1"),
            (#"{{(index .Provenance "linux/amd64").SLSA.runDetails.builder.id}}"#, "https://example.com/b"),
            (#"{{range $p, $s := .Provenance}}{{$p}}{{end}}"#, "linux/amd64"),
            (#"{{json (index .Provenance "linux/arm64")}}"#, "{}"),
        ]
        for (template, expected) in cases {
            #expect(try await succeeds("inspect", "--format", template, "\(repo):v1") == expected)
        }
        let one = try await succeeds(
            "inspect", "--platform", "linux/amd64", "--format", "{{.SBOM.SPDX.spdxVersion}}", "\(repo):v1")
        #expect(one == "SPDX-2.3")
        expectFailure(
            try await imgtool("inspect", "--format", "{{.SBOM.SPDX}}", "\(repo):v1"), 1, naming: "no field .SPDX")
    }

    @Test func `and fetches only those that are asked for`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": Self.index()])
        try await FaultProxy.with(registry) { proxy in
            let outcome = try await imgtool(
                "inspect", "--format", "{{json .Provenance}}", "\(proxy.repository(repo)):v1")
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(proxy.count("GET", "/manifests/sha256:") == 1)
            #expect(proxy.count("GET", "/blobs/") == 1)
            #expect(proxy.exchanges.count == 3, "\(proxy.summary)")
        }
    }

    @Test(
        "and says which cannot be read",
        arguments: ["{", "[]", #"{"payloadType":"application/vnd.in-toto+json","payload":"%"}"#])
    func damaged(statement: String) async throws {
        var layer = TestLayer(opaque: Array(statement.utf8), mediaType: MediaType.inToto)
        layer.annotations[AnnotationKey.predicateType] = "https://slsa.dev/provenance/v1"
        let attestation = TestImage(
            Platform(os: "unknown", architecture: "unknown"), layers: [layer],
            entryAnnotations: [
                AnnotationKey.referenceType: AnnotationKey.attestationManifest,
                AnnotationKey.referenceDigest: Self.amd64.digest.description,
            ])
        let repo = try await RegistryServer.shared().repository(["v1": TestIndex([Self.amd64, attestation])])
        let outcome = try await imgtool("inspect", "--format", "{{json .Provenance.SLSA}}", "\(repo):v1")
        if statement == "[]" {
            #expect(outcome.output == "null\n")
        } else {
            expectFailure(outcome, 1, naming: "cannot read the attestation sha256:")
        }
    }
}
