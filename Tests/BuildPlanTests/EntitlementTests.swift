import BuildPlan
import DockerfileLanguage
import Testing

@Suite("A step that asks for more than a sandbox")
struct EntitlementTests {
    private static let host = "RUN --network=host has the network of this machine, which is not allowed"
    private static let root = "RUN --security=insecure has all rights of this machine's root, which is not allowed"

    @Test(
        "is refused by its line, before an image is looked up",
        arguments: [
            ("RUN --network=host a", "2:1: \(host); if you trust what it runs, allow it with --allow network.host"),
            (
                "RUN --security=insecure a",
                "2:1: \(root); if you trust what it runs, allow it with --allow security.insecure"
            ),
            ("RUN --network=none a\nRUN --network=host --security=insecure a", "3:1: \(root)"),
            ("RUN --security=insecure --network=none --mount=target=/x a", "2:1: \(root)"),
            ("RUN --network=host [\"a\"]", "2:1: \(host)"), ("RUN --network=host <<E\na\nE", "2:1: \(host)"),
            ("FROM alpine AS b\nCOPY --from=a / /", "1:1"),
        ] as [(String, String)])
    func refused(_ instructions: String, _ expected: String) async throws {
        let images = Images()
        let isIndirect = expected == "1:1"
        let text =
            isIndirect ? "FROM alpine AS a\nRUN --network=host x\n\(instructions)" : "FROM alpine\n\(instructions)"
        let error = await #expect(throws: DockerfileError.self) { try await plan(text, images: images) }
        let wanted = isIndirect ? "2:1: \(Self.host)" : expected
        #expect(error?.description.hasPrefix("Dockerfile:\(wanted)") == true, "\(error?.description ?? "")")
        #expect(images.lookups.isEmpty)
    }

    @Test("has it when that has been allowed, and only that")
    func allowed() async throws {
        let text = "FROM alpine\nRUN --network=host a\nRUN --security=insecure b"
        let both = try await plan(text) { $0.allowed = [.hostNetwork, .insecureSecurity] }
        #expect(both.runs.map(\.network) == [.host, .default])
        #expect(both.runs.map(\.security) == [.sandbox, .insecure])
        for one in Entitlement.allCases {
            await #expect(throws: DockerfileError.self) { try await plan(text) { $0.allowed = [one] } }
        }
    }

    @Test("hurts nobody in a stage that is not needed")
    func unneeded() async throws {
        #expect(try await plan("FROM alpine AS a\nRUN --security=insecure x\nFROM alpine\nRUN y").runs.count == 1)
    }

    @Test("is found in what ONBUILD of an image and of a stage has left")
    func triggers() async throws {
        var images = Images()
        images["base"] = #"{"OnBuild":["RUN --security=insecure x"]}"#
        let error = await #expect(throws: DockerfileError.self) { try await plan("FROM base", images: images) }
        #expect(error?.description.hasPrefix("ONBUILD of base:1:1: \(Self.root)") == true)
        let stages = "FROM alpine AS a\nONBUILD RUN --network=host x\nFROM a"
        let other = await #expect(throws: DockerfileError.self) { try await plan(stages) }
        #expect(other?.description.hasPrefix("Dockerfile:2:1: \(Self.host)") == true)
    }

    @Test("is refused, too, where the network is that of the whole build")
    func wholeBuild() async throws {
        await #expect(throws: DockerfileError.self) { try await plan("FROM alpine\nRUN a") { $0.network = .host } }
        #expect(try await plan("FROM alpine\nRUN --network=none a") { $0.network = .host }.runs.count == 1)
    }
}
