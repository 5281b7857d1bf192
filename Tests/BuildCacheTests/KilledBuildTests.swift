import Foundation
import TestKit
import Testing

@Suite("A build that is ended", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct KilledBuildTests {
    @Test(arguments: [("KILL", 137), ("INT", 130), ("TERM", 143), ("QUIT", 131)])
    func `in a RUN leaves nothing behind, and the next one completes`(signal: String, status: Int) async throws {
        try await CacheScene.with { scene in
            // What makes the step wait is outside of the image, so that it need not wait again.
            let build = try await scene.context(
                "app",
                """
                FROM busybox
                RUN echo first > /first
                RUN --mount=type=cache,target=/c echo begun > /half && touch /c/begun && \\
                    while [ ! -e /c/go ]; do sleep 0.01 \(scene.marker); done
                """)
            let outcome = try await scene.running(build, until: { scene.files() == ["begun"] }) { process in
                try await Tool("kill").output("-\(signal)", process)
            }
            #expect(outcome.status == status)
            #expect(outcome.output == "")
            if signal != "KILL" {
                let said = outcome.error.split(separator: "\n").filter { $0.hasPrefix("imgtool: ") }
                #expect(said.count == 1 && said[0].contains("interrupted"))
                #expect(scene.folder.names(in: "cache/tmp") == [])
            }
            try await scene.waitUntilNothingIsLeft()
            #expect(scene.folder.names(in: "cache/sandbox") == [])

            let mount = try #require(scene.cacheMount)
            try scene.folder.write("cache/mounts/\(mount)/0/go", text: "")
            let next = try await scene.run(build)
            #expect(next.status == 0)
            #expect(scene.folder.names(in: "cache/tmp") == [])
            let root = scene.folder.file("root")
            try await Tool.umoci.output(
                "raw", "unpack", "--image", "\(scene.folder.file("app.layout")):latest", root)
            let made = try [scene.folder.text("root/first"), scene.folder.text("root/half")]
            #expect(made == ["first\n", "begun\n"])
        }
    }

    @Test func `by SIGKILL at any moment leaves a cache that makes the right image`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context(
                "app",
                """
                FROM busybox AS base
                RUN seq 20000 > /numbers
                FROM busybox
                COPY . /context
                COPY --from=base /numbers /
                RUN rm -r /context/1 && cp /numbers /copy
                """)
            for number in 0..<800 {
                try scene.folder.write("app/\(number % 7)/\(number)", text: String(repeating: "\(number) ", count: 300))
            }
            let expected = try await scene.build(build, cache: scene.folder.file("reference"))
            var kills = 0
            for delay in stride(from: 10, to: 600, by: 65) {
                let script = #""$@" & sleep "$DELAY"; kill -9 $! 2>/dev/null; wait $!"#
                let outcome = try await Tool("bash").run(
                    ["-c", script, "bash", Tool.imgtool.program] + build,
                    environment: scene.environment().merging(["DELAY": "\(Double(delay) / 1000)"]) { one, _ in one })
                let isExpected = [0, 137].contains(outcome.status)
                #expect(isExpected, "\(outcome.error)")
                if outcome.status == 0 { break }
                kills += 1
            }
            #expect(kills > 0)
            try await scene.waitUntilNothingIsLeft()
            #expect(try await scene.build(build) == expected)
            #expect(scene.folder.names(in: "cache/tmp") == [])
        }
    }
}
