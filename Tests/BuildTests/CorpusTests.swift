import JSON
import TestKit
import Testing

@Suite("What a Dockerfile makes", .enabled(if: Machine.canBuild))
struct CorpusTests {
    @Test("is what buildah makes of it, but for what is explained", arguments: CorpusCase.all)
    func comparison(of dockerfile: CorpusCase) async throws {
        let theirs = try await Buildah.shared().build(
            dockerfile.flags + ["-f", dockerfile.plainDockerfile], tag: "corpus-\(dockerfile)",
            context: dockerfile.context)
        let ours = try await build(dockerfile)
        #expect(ours.differences(from: theirs).sorted() == dockerfile.explainedDifferences)
        #expect(dockerfile.hasReasons)
    }

    @Test func `is compared for enough Dockerfiles`() { #expect(CorpusCase.all.count >= 40) }

    private func build(_ dockerfile: CorpusCase) async throws -> ImageFacts {
        let builder = try Builder.shared()
        return try await TemporaryFolder.with { folder in
            let layout = folder.file("layout")
            try await builder.build(
                dockerfile.flags + ["-t", "corpus:x", "--output", "type=oci,tar=false,dest=\(layout)"],
                context: dockerfile.context)
            try await Tool.umoci.output("raw", "unpack", "--image", "\(layout):x", folder.file("root"))
            let config = try await Tool.skopeo.output("inspect", "--config", "--raw", "oci:\(layout):x")
            let configuration = try JSONValue(parsing: Array(config.utf8))
            return ImageFacts(try Mountable(at: folder.file("root")), configuration: configuration["config"])
        }
    }
}
