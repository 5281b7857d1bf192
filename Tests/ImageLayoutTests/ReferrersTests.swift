import FileSystem
import OCI
import TestKit
import Testing

@testable import ImageLayout

@Suite struct ReferrersTests {
    let folder: TemporaryFolder
    let layout: LayoutStore
    let subject: ManifestContent

    init() async throws {
        folder = try TemporaryFolder()
        layout = LayoutStore(path: folder.file("layout"))
        subject = try sampleManifest()
        try await layout.put(subject, as: .tag("v1"))
    }

    func referrer(_ number: Int, type: String? = "application/x.sbom") throws -> ManifestContent {
        try sampleManifest(
            number, subject: subject.descriptor, artifactType: type, configType: "application/x.config",
            annotations: ["number": "\(number)"])
    }

    @Test func theyAreFoundWhereverTheyAre() async throws {
        let (named, unnamed, nested, listed) = (try referrer(1), try referrer(2), try referrer(3), try referrer(4))
        try await layout.put(named, as: .tag("sbom"))
        try await layout.put(unnamed, as: .digest)
        try await layout.put(nested, as: .child)
        try await layout.put(sampleIndex([nested.descriptor, subject.descriptor]), as: .tag("all"))
        try await layout.put(listed, as: .child)
        let fallback = "sha256-\(subject.digest.hex)"
        try await layout.put(sampleIndex([listed.descriptor, named.descriptor]), as: .tag(fallback))
        let found = try await layout.referrers(of: subject.digest, artifactType: nil)
        #expect(Set(found.map(\.digest)) == Set([named, unnamed, nested, listed].map(\.digest)))
        #expect(found.map(\.digest.description) == found.map(\.digest.description).sorted())
    }

    @Test func theySayWhatTheyAre() async throws {
        let (typed, untyped) = (try referrer(1), try referrer(2, type: nil))
        for manifest in [typed, untyped] { try await layout.put(manifest, as: .digest) }
        let sboms = try await layout.referrers(of: subject.digest, artifactType: "application/x.sbom")
        var expected = typed.descriptor
        expected.artifactType = "application/x.sbom"
        expected.annotations = ["number": "1"]
        #expect(sboms == [expected])
        let configured = try await layout.referrers(of: subject.digest, artifactType: "application/x.config")
        #expect(configured.map(\.digest) == [untyped.digest])
    }

    @Test func whatALayoutLeavesOutIsPassedOver() async throws {
        let absent = try sampleManifest(7)
        try await layout.put(sampleIndex([absent.descriptor]), as: .tag("sparse"))
        #expect(try await layout.referrers(of: subject.digest, artifactType: nil) == [])
    }

    @Test func aDamagedManifestIsNotPassedOver() async throws {
        let damaged = try referrer(1)
        try await layout.put(damaged, as: .digest)
        try File.replace(layout.blobPath(damaged.digest), with: damaged.bytes.reversed())
        let error = await #expect(throws: ImageError.self) {
            try await layout.referrers(of: subject.digest, artifactType: nil)
        }
        #expect(error?.code == .verification)
    }
}
