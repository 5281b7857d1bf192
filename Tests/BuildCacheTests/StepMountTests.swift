import TestKit
import Testing

@Suite("A step with mounts", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct StepMountTests {
    /// The steps that ran, by the words that they begin with.
    private func ran(_ build: [String], _ scene: CacheScene) async throws -> [String] {
        let outcome = try await scene.run(build)
        #expect(outcome.status == 0, "\(outcome.error)")
        return ["maker", "folder", "file"].filter { outcome.error.contains(" \($0) ran\n") }
    }

    @Test func `of another stage runs again for what it sees there, whatever else that stage has`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context(
                "app",
                """
                FROM busybox AS made
                ARG SEEN=1
                ARG MODE=755
                ARG UNSEEN=1
                RUN mkdir -p /out/bin && echo $SEEN > /out/bin/tool && chmod $MODE /out && echo $UNSEEN > /log; echo maker "ran"
                FROM busybox AS one
                RUN --mount=from=made,source=/out,target=/m cp -r /m /all; echo folder "ran"
                FROM busybox
                RUN --mount=from=made,source=/out/bin/tool,target=/m cp /m /one; echo file "ran"
                COPY --from=one /all /all
                """)
            #expect(try await ran(build, scene) == ["maker", "folder", "file"])
            #expect(try await ran(build, scene) == [])
            #expect(try await ran(build + ["--build-arg", "UNSEEN=2"], scene) == ["maker"])
            #expect(try await ran(build + ["--build-arg", "MODE=700"], scene) == ["maker", "folder"])
            #expect(try await ran(build + ["--build-arg", "SEEN=2"], scene) == ["maker", "folder", "file"])
        }
    }

    @Test func `of what is not there does not run`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context(
                "app", "FROM busybox AS made\nFROM busybox\nRUN --mount=from=made,source=/no/such,target=/m true\n")
            let outcome = try await scene.run(build)
            #expect(outcome.status == 3)
            #expect(outcome.error.contains("cannot mount /no/such of the stage made: it does not exist"))
        }
    }

    @Test(arguments: ["shared", "locked", "private"])
    func `begins with empty caches where the cache of builds is not used, and leaves them for the next step`(
        sharing: String
    ) async throws {
        try await CacheScene.with { scene in
            let mount = "--mount=type=cache,target=/c,sharing=\(sharing)"
            let build = try await scene.context(
                "app",
                """
                FROM busybox
                RUN \(mount) ls /c > /first; touch /c/first
                FROM busybox
                COPY --from=0 /first /
                RUN \(mount) ls /c > /second; touch /c/second
                """)
            func found(_ flags: String...) async throws -> [String] {
                let folder = scene.folder.file("out")
                try await scene.build(build + flags + ["--output", "type=local,dest=\(folder)"])
                return [try scene.folder.text("out/first"), try scene.folder.text("out/second")]
            }
            #expect(try await found() == ["", "first\n"])
            #expect(try await found("--no-cache") == ["", "first\n"])
            #expect(try await found("--no-cache-filter=stage-1") == ["", ""])
        }
    }

    @Test func `has a cache with the owner and mode of the folder that it starts as`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context(
                "app",
                """
                FROM busybox AS made
                RUN mkdir /s && chown 3:4 /s && chmod 2751 /s && echo a > /s/a
                FROM busybox
                RUN --mount=type=cache,from=made,source=/s,target=/c stat -c '%a %u:%g' /c > /is; ls /c >> /is
                RUN --mount=type=cache,from=made,source=/s,target=/d,uid=7,mode=0700 stat -c '%a %u:%g' /d >> /is
                RUN --mount=type=cache,target=/e,uid=7,mode=0700 stat -c '%a %u:%g' /e >> /is
                """)
            try await scene.build(build + ["--output", "type=local,dest=\(scene.folder.file("out"))"])
            // BuildKit has a source's own as well, also where the mount says something else.
            #expect(try scene.folder.text("out/is") == "2751 3:4\na\n2751 3:4\n700 7:0\n")
        }
    }
}
