import TestKit
import Testing

@Suite("Generated builds", .enabled(if: Machine.canBuild), .timeLimit(.minutes(10)))
struct StressTests {
    @Test func `come to the same however many there are at once, and whatever the cache has seen`() async throws {
        let folder = Tool.imgtool.program.dropLast("/imgtool".count)
        let path = "\(folder):/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        let outcome = try await Tool(Machine.testData("stress/run")).run(
            ["--seconds", "60", "--scale", "0.5"], environment: ["PATH": path], timeout: .seconds(570))
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.error)")
    }
}
