import Testing

@testable import imgtool

@Suite("x")
struct BuildProgressTests {
    @Test func steps() async throws {
        let build = try await ScriptedBuild(.plain)
        build.plans()
        for index in build.plan.steps.indices {
            build.begin(index)
            build.end(index, .done(.milliseconds(1500)))
        }
        build.finish()
        print(build.text)
    }
}
