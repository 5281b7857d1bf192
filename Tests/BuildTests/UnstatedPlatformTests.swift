import OCI
import TestKit
import Testing

@Suite("A base image whose index says nothing of platforms", .enabled(if: Machine.canBuild))
struct UnstatedPlatformTests {
    private static let images = ["amd64", "arm64"].map { TestImage(Platform(os: "linux", architecture: $0)) }

    @Test("is found by its configuration", arguments: [false, true])
    func base(isNested: Bool) async throws {
        var index = TestIndex(Self.images, statesPlatforms: false)
        if isNested { index = TestIndex([index]) }
        let registry = try await RegistryServer.shared()
        let path = registry.freshRepository()
        try registry.put(index, in: path, tag: "v1")
        let name = "\(registry.host)/\(path):v1"
        try await Builder.with { builder in
            try await TemporaryFolder.with { folder in
                try folder.write("Dockerfile", text: "FROM \(name)\nCOPY Dockerfile /\n")
                for architecture in ["amd64", "arm64"] {
                    let output = "type=local,dest=\(folder.file(architecture))"
                    let built = try await builder.imgtool(
                        ["build", "--platform", "linux/\(architecture)", "-o", output, folder.path])
                    #expect(built.status == 0, "\(built.error)")
                    #expect(try folder.text("\(architecture)/platform.txt") == "linux/\(architecture)\n")
                }
                let refused = try await builder.imgtool(["build", "--platform", "linux/s390x", folder.path])
                #expect(refused.status == 3)
                #expect(refused.error.contains("it has linux/amd64, linux/arm64"), "\(refused.error)")
            }
        }
    }
}
