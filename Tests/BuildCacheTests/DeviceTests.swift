import TestKit
import Testing

@Suite("A build whose cache has a device", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct DeviceTests {
    @Test("that is too small says so, and completes when there is room", arguments: ["1000k", "2400k"])
    func tooSmall(size: String) async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context(
                "app", "FROM busybox\nRUN dd if=/dev/urandom of=/random bs=1k count=500\n")
            let script = """
                mkdir "$IMGTOOL_CACHE"; mount -t tmpfs -o size=\(size) tmpfs "$IMGTOOL_CACHE"
                "$0" "$@"; echo "first: $?"
                mount -o remount,size=50m "$IMGTOOL_CACHE"
                "$0" "$@" >&2; echo "second: $?"
                """
            let outcome = try await scene.shell(script, build)
            #expect(outcome.output == "first: 1\nsecond: 0\n", "\(outcome.error)")
            #expect(outcome.error.lowercased().contains("no space"))
        }
    }

    @Test func `that others have filled says so; prune makes room without needing any`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context("app", "FROM busybox\nRUN echo made > /made\n")
            let script = """
                mkdir "$IMGTOOL_CACHE"; mount -t tmpfs -o size=20m tmpfs "$IMGTOOL_CACHE"
                "$0" "$@" >&2; echo "first: $?"
                dd if=/dev/zero of="$IMGTOOL_CACHE/other" bs=4k 2>/dev/null
                "$0" "$@"; echo "full: $?"
                "$0" build prune --all >&2; echo "prune: $?"
                rm "$IMGTOOL_CACHE/other"
                "$0" "$@" >&2; echo "last: $?"
                """
            let outcome = try await scene.shell(script, build)
            #expect(outcome.output == "first: 0\nfull: 1\nprune: 0\nlast: 0\n", "\(outcome.error)")
            #expect(
                outcome.error.contains(
                    "no space is left on its device; free some space there, for instance with imgtool build prune\n"))
        }
    }

    @Test func `that cannot be written says how to take another one`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context("app", "FROM busybox\nRUN echo made > /made\n")
            try await scene.build(build)
            let script = """
                mount --bind "$IMGTOOL_CACHE" "$IMGTOOL_CACHE"; mount -o remount,bind,ro "$IMGTOOL_CACHE"
                "$0" "$@"
                """
            let outcome = try await scene.shell(script, build)
            #expect(outcome.status == 1)
            let said = outcome.error.split(separator: "\n").map(String.init)
            let reason = "its file system is read-only; choose another folder with IMGTOOL_CACHE"
            #expect(said.count == 2 && said[0].hasPrefix("building "))
            #expect(said[1] == "imgtool: cannot use the build cache \(scene.cache): \(reason)")
        }
    }

    @Test func `and few descriptors runs its steps`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context("app", "FROM busybox\nCOPY . /c\nRUN echo made > /made\n")
            let outcome = try await scene.shell("ulimit -n 64; exec \"$0\" \"$@\"", build)
            #expect(outcome.status == 0, "\(outcome.error)")
        }
    }
}
