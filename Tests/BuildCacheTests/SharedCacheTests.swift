import Foundation
import TestKit
import Testing

@Suite("Builds that use one cache at the same time", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct SharedCacheTests {
    private func buildAll(_ scene: CacheScene, _ builds: [[String]]) async throws -> [Tool.Outcome] {
        try await withThrowingTaskGroup(of: Tool.Outcome.self) { group in
            for build in builds { group.addTask { try await scene.run(build) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func `make the same image of the same Dockerfile`() async throws {
        try await CacheScene.with { scene in
            let dockerfile = "FROM busybox\nCOPY . /context\nRUN seq 5000 > /numbers\nWORKDIR /work\nRUN pwd > here\n"
            var builds: [[String]] = []
            // The name of the Dockerfile's folder is not in the image.
            for number in 0..<4 { builds.append(try await scene.context("app\(number)", dockerfile)) }
            let outcomes = try await buildAll(scene, builds)
            for outcome in outcomes { #expect(outcome.status == 0, "\(outcome.error)") }
            #expect(Set(outcomes.map { $0.output.split(separator: "@").last }).count == 1)
            #expect(scene.folder.names(in: "cache/tmp") == [])
        }
    }

    @Test func `wait for each other where a cache mount is locked`() async throws {
        try await CacheScene.with { scene in
            var builds: [[String]] = []
            for number in 0..<4 {
                builds.append(
                    try await scene.context(
                        "app\(number)",
                        """
                        FROM busybox
                        RUN --mount=type=cache,target=/c,sharing=locked \\
                            n=$(cat /c/count || echo 0); sleep 0.1; echo $((n + 1)) > /c/count # \(number)
                        """))
            }
            for outcome in try await buildAll(scene, builds) { #expect(outcome.status == 0, "\(outcome.error)") }
            #expect(try count(in: scene) == "4\n")
        }
    }

    private func count(in scene: CacheScene) throws -> String {
        let mount = try #require(scene.cacheMount)
        return try scene.folder.text("cache/mounts/\(mount)/0/count")
    }

    @Test func `do not wait for ever where they lock two caches in different orders`() async throws {
        try await CacheScene.with { scene in
            var builds: [[String]] = []
            for (number, ids) in [("one", "two"), ("two", "one"), ("one", "two"), ("two", "one")].enumerated() {
                builds.append(
                    try await scene.context(
                        "app\(number)",
                        """
                        FROM busybox
                        RUN --mount=type=cache,id=\(ids.0),target=/a,sharing=locked \\
                            --mount=type=cache,id=\(ids.1),target=/b,sharing=locked \\
                            sleep 0.05; echo \(number) > /a/\(number)
                        """))
            }
            for outcome in try await buildAll(scene, builds) { #expect(outcome.status == 0, "\(outcome.error)") }
            #expect(scene.files() == ["0", "2", "1", "3"] || scene.files() == ["1", "3", "0", "2"])
        }
    }

    @Test func `may mount a locked cache twice in a step`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context(
                "app",
                """
                FROM busybox
                RUN --mount=type=cache,id=x,target=/a,sharing=locked \\
                    --mount=type=cache,id=x,target=/b,sharing=locked echo 1 > /a/file && cat /b/file
                """)
            try await scene.build(build)
        }
    }

    @Test("see the same folder of a shared cache mount, and folders of their own of a private one")
    func sharing() async throws {
        try await CacheScene.with { scene in
            var builds: [[String]] = []
            // Each goes on when it has seen the other.
            for (mine, other) in [("one", "two"), ("two", "one")] {
                builds.append(
                    try await scene.context(
                        mine,
                        """
                        FROM busybox
                        RUN --mount=type=cache,id=s,target=/s,sharing=shared \\
                            --mount=type=cache,id=p,target=/p,sharing=private \\
                            touch /s/\(mine) /p/\(mine); until [ -e /s/\(other) ]; do sleep 0.01; done; \\
                            [ "$(ls /p)" = \(mine) ] && touch /s/\(mine)-done && \\
                            until [ -e /s/\(other)-done ]; do sleep 0.01; done
                        """))
            }
            for outcome in try await buildAll(scene, builds) { #expect(outcome.status == 0, "\(outcome.error)") }
            #expect(scene.files(inMount: 1).count == 1)
        }
    }

    @Test func `are waited for by a prune, which then removes what they have used`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context(
                "app",
                """
                FROM busybox
                RUN --mount=type=cache,target=/c touch /c/begun; until [ -e /c/go ]; do sleep 0.01; done
                RUN echo made > /made
                """)
            let outcome = try await scene.running(build, until: { scene.files() == ["begun"] }) { _ in
                let mount = try #require(scene.cacheMount)
                // It goes on when the prune has said that it waits.
                let script = #"""
                    "$0" build prune --all --progress plain 2>&1 | while read -r line; do
                        echo "$line"; case $line in *waiting*) touch "$1";; esac
                    done
                    """#
                let pruned = try await scene.shell(script, [scene.folder.file("cache/mounts/\(mount)/0/go")])
                #expect(pruned.output.contains("waiting for the builds that use the cache\n"))
                #expect(pruned.output.contains(" 0 B left\n"))
            }
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(scene.folder.names(in: "cache/layers") == [])
            #expect(scene.files() == [])
        }
    }
}
