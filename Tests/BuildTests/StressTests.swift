import TestKit
import Testing

@Suite("Generated builds", .enabled(if: Machine.canBuild), .timeLimit(.minutes(10)))
struct StressTests {
    private func run(_ script: String, _ arguments: String...) async throws {
        let folder = Tool.imgtool.program.dropLast("/imgtool".count)
        let path = "\(folder):/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        let outcome = try await Tool(Machine.script(script)).run(
            arguments, environment: ["PATH": path], timeout: .seconds(570))
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.error)")
    }

    @Test func `come to the same however many there are at once, and whatever the cache has seen`() async throws {
        try await run("stress/run", "--seconds", "60", "--scale", "0.5")
    }

    @Test func `and copies that are killed leave nothing behind, and complete when they are run again`() async throws {
        try await run("stress/crashes", "--rounds", "4", "--faults", "2")
    }
}
