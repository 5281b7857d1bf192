import BuildKit
import GRPC
import Testing

@Suite("An error of BuildKit")
struct BuildKitErrorTests {
    private func error(_ details: (type: String, value: String)...) -> BuildKitError {
        let details = details.map { type, value in
            var detail = GRPCDetail()
            detail.type = "github.com/moby/buildkit/" + type
            detail.value = Array(value.utf8)
            return detail
        }
        return BuildKitError(GRPCStatus(.unknown, "it failed", details: details))
    }

    @Test func `knows the step, the exit status and the lines`() {
        let error = error(
            ("stack.Stack+json", "{}"),
            (
                "errdefs.Source+json",
                """
                {"info":{"filename":"Dockerfile","data":"RlJPTSBhCg==","language":"Dockerfile"},
                "ranges":[{"start":{"line":3},"end":{"line":4}},{"start":{"line":2},"end":{"line":2}}]}
                """
            ),
            ("errdefs.Vertex+json", #"{"digest":"sha256:00"}"#), ("gatewayapi.ExitMessage+json", #"{"Code":7}"#))
        #expect(error.text == "it failed")
        #expect(error.exitCode == 7)
        #expect(error.vertex == "sha256:00")
        #expect(error.sources.map(\.fileName) == ["Dockerfile"])
        #expect(error.sources.map(\.lines) == [2...4])
        #expect(error.sources.map(\.content) == [Array("FROM a\n".utf8)])
    }

    @Test func `survives details that say nothing`() {
        let error = error(
            ("errdefs.Source+json", "{}"), ("errdefs.Source+json", "no JSON"), ("errdefs.Solve+json", "{}"),
            ("gatewayapi.ExitMessage+json", #"{"Code":"x"}"#))
        #expect(error.sources.map(\.lines) == [nil])
        #expect(error.exitCode == nil)
        #expect(error.vertex == nil)
    }
}
