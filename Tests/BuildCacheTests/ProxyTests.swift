import TestKit
import Testing

@Suite("The proxies of Docker's config.json", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct ProxyTests {
    @Test func `are those of every step, and of no image and no key`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context(
                "app", "FROM busybox\nARG HTTP_PROXY\nRUN echo $HTTP_PROXY $https_proxy $no_proxy; echo > /made\n")
            let script = """
                export DOCKER_CONFIG=$(dirname "$IMGTOOL_CACHE")
                config() {
                    printf '{"proxies": {"default": {"httpProxy": "%s", "noProxy": "here"}}}' $1 > "$DOCKER_CONFIG/config.json"
                }
                config http://name:pazzword@one; "$0" "$@" || exit 1
                config http://name:pazzword@two; "$0" "$@"
                """
            let outcome = try await scene.shell(script, build)
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(outcome.error.contains(" http://name:pazzword@one here\n"))
            #expect(outcome.error.contains(" CACHED\n"))
            let found = try await Tool("grep").run(["-rl", "pazzword", scene.folder.file("app.layout"), scene.cache])
            #expect(found.output == "")
        }
    }
}
