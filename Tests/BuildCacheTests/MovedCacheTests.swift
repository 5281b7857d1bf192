import Foundation
import TestKit
import Testing

@Suite("What was found out about the machine", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct MovedCacheTests {
    private static let dockerfile = "FROM busybox\nARG A\nRUN echo $A > /made\n"

    @Test func `is found out again where the cache has come to another file system`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context("app", Self.dockerfile)
            // On an overlay there can be none that is written to.
            let script = """
                "$0" "$@" --build-arg A=one
                there=$(dirname "$IMGTOOL_CACHE")/there; mkdir "$there" "$there/lower" "$there/upper" "$there/work" "$there/all"
                mount -t overlay -o "lowerdir=$there/lower,upperdir=$there/upper,workdir=$there/work" none "$there/all"
                cp -a "$IMGTOOL_CACHE" "$there/all/cache"
                export IMGTOOL_CACHE=$there/all/cache
                "$0" "$@" --build-arg A=two
                """
            let flags = ["--output", "type=local,dest=\(scene.folder.file("out"))"]
            let outcome = try await scene.shell(script, build + flags)
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(try scene.folder.text("out/made") == "two\n")
        }
    }

    @Test(
        "is not all that moves: layers that have lost what they hide are made anew",
        arguments: ["--xattrs-include=*", ""])
    func attributes(flag: String) async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context(
                "app",
                """
                FROM busybox
                RUN mkdir /d && touch /d/old
                RUN rm -r /d && mkdir /d && touch /d/new
                ARG A
                RUN ls /d > /made && echo $A
                """)
            let script = """
                "$0" "$@" --build-arg A=one
                moved=$(dirname "$IMGTOOL_CACHE")/moved; mkdir "$moved"
                tar \(flag) -C "$IMGTOOL_CACHE" -cf - . | tar \(flag) -C "$moved" -xf -
                rm -f "$moved"/blobs/*
                IMGTOOL_CACHE=$moved "$0" "$@" --build-arg A=two
                """
            let flags = ["--output", "type=local,dest=\(scene.folder.file("out"))", "--progress", "plain"]
            let outcome = try await scene.shell(script, build + flags)
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(try scene.folder.text("out/made") == "new\n")
            // What has been kept is used.
            #expect(outcome.error.components(separatedBy: " CACHED").count - 1 == (flag.isEmpty ? 0 : 2))
        }
    }

    @Test func `is tried again where it is wrong`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context("app", Self.dockerfile)
            // The runtime looks the same, and works no more.
            let script = """
                crun=$(command -v crun)
                programs=$(dirname "$IMGTOOL_CACHE")/programs; mkdir "$programs"; export PATH=$programs:$PATH
                printf '#!/bin/sh\\nexec %s "$@"\\n' "$crun" > "$programs/crun"; chmod +x "$programs/crun"
                touch -d 2001-01-01 "$programs/crun"
                "$0" "$@" --build-arg A=one >&2
                grep -c "$programs/crun\\"" "$IMGTOOL_CACHE/runtime.json"
                sed -i 's/crun "/none "/' "$programs/crun"; touch -d 2001-01-01 "$programs/crun"
                "$0" "$@" --build-arg A=two >&2
                grep -c 'runc"' "$IMGTOOL_CACHE/runtime.json"
                """
            let flags = ["--output", "type=local,dest=\(scene.folder.file("out"))"]
            let outcome = try await scene.shell(script, build + flags)
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(outcome.output == "1\n1\n")
            #expect(try scene.folder.text("out/made") == "two\n")
        }
    }
}
