import Foundation
import OCI
import TestKit
import Testing

/// The ways that layers come together, and that programs are run.
private enum BuildKind: String, CaseIterable, CustomTestStringConvertible {
    case overlay, fuse, copied, emulated

    var testDescription: String { rawValue }
    var flags: [String] { self == .emulated ? ["--platform", "linux/arm64"] : [] }
    var variables: [String: String] {
        switch self {
        case .overlay, .emulated: [:]
        case .fuse: ["IMGTOOL_SNAPSHOTS": "fuse-overlayfs"]
        case .copied: ["IMGTOOL_SNAPSHOTS": "copy"]
        }
    }
}

@Suite("A build of an ordinary user", .enabled(if: Machine.canBuild), .timeLimit(.minutes(3)))
struct OrdinaryUserTests {
    /// Most of what a step can leave, on a base that has what only root can make.
    private static let everything = """
        FROM special AS made
        RUN mkdir -p /d/deep /gone && touch /d/old /d/deep/old /gone/x && chown 1234:5678 /d/old && ln /d/old /d/link
        RUN mkfifo /d/pipe && chmod 4755 /d/deep/old && ln -s nowhere /d/symbolic && touch -d '2001-02-03 04:05:06' /d/dated
        RUN rm -r /d/deep /gone && mkdir /d/deep && touch /d/deep/new && rm /old/a && chmod 700 /old && chown 3 /old
        RUN mv /capable /moved && mv /nodes/null /nodes/void
        USER 1000:1001
        WORKDIR /home/app
        RUN --mount=type=cache,target=/cache,uid=1000 --mount=type=tmpfs,target=/t id > me; touch /cache/x /t/y && ls -ln / >&2
        COPY --chown=65534:65534 file /owned/file
        FROM busybox
        COPY --from=made / /all/
        """

    @Test(arguments: BuildKind.allCases)
    fileprivate func `gives the same bytes as root's`(kind: BuildKind) async throws {
        try await UserScene.with { scene in
            try await scene.makeSpecialBase()
            try scene.context(Self.everything)
            for builder in [UserScene.Builder.root, .user] {
                // What copying leaves is not in all what overlays leave.
                let builder = builder.name == "user" || kind == .copied ? builder.with(kind.variables) : builder
                let outcome = try await scene.build(
                    kind.flags + [
                        "-o", "type=oci,dest=\(scene.file("image.tar", of: builder))", "-o",
                        "type=tar,dest=\(scene.file("files.tar", of: builder))",
                    ], as: builder)
                #expect(outcome.status == 0, "\(builder.name): \(outcome.error)")
                #expect(!outcome.error.contains("warning"), "\(builder.name): \(outcome.error)")
                #expect(outcome.error.contains("EMULATED") == (kind == .emulated))
            }
            for name in ["image.tar", "files.tar"] {
                #expect(try scene.folder.bytes("root/\(name)") == scene.folder.bytes("user/\(name)"), "\(name)")
            }
        }
    }

    @Test func `runs steps whose root is the user outside, and whose other ids are the user's own`() async throws {
        try await UserScene.with { scene in
            try scene.context(
                """
                FROM busybox
                RUN tr -s ' ' < /proc/self/uid_map; tr -s ' ' < /proc/self/gid_map
                """)
            let shown = try await scene.succeeds("-o", "type=cacheonly", as: .user)
            for line in [" 0 47011 1", " 1 470000000 65536"] {
                #expect(shown.split(separator: "\n").count { $0.hasSuffix(line) } == 2, "\(shown)")
            }
        }
    }

    @Test func `writes files into a folder that are all the user's`() async throws {
        try await UserScene.with { scene in
            try await scene.makeSpecialBase()
            try scene.context(Self.everything)
            var trees: [[String: String]] = []
            for builder in [UserScene.Builder.root, .user] {
                let out = scene.file("out", of: builder)
                try await scene.succeeds("-o", out, as: builder)
                trees.append(try Mountable(at: out).entries.mapValues { $0.replacing(#/ \d+:\d+/#, with: "") })
            }
            #expect(trees[0] == trees[1])
            #expect(try await scene.owners(of: scene.file("out", of: .root)).count > 3)
            #expect(try await scene.owners(of: scene.file("out", of: .user)) == ["47011:47011"])
        }
    }

    @Test func `makes no device nodes, and sees those of its base as empty files`() async throws {
        try await UserScene.with { scene in
            try await scene.makeSpecialBase()
            try scene.context(
                """
                FROM special
                RUN test -f /nodes/disk && test ! -s /nodes/disk && ! mknod /disk b 7 0
                """)
            try await scene.succeeds("-o", "type=cacheonly", as: .user)
        }
    }

    @Test func `can look after a cache that has files of other ids`() async throws {
        try await UserScene.with { scene in
            try scene.context(
                """
                FROM busybox
                RUN --mount=type=cache,target=/c,uid=5,mode=700 mkdir -p /d/e && touch /c/x && chown -R 5 /d /c && chmod -R 700 /d
                """)
            try await scene.succeeds("-o", "type=cacheonly", as: .user)
            let cache = scene.file("cache", of: .user)
            #expect(try await scene.owners(of: cache).contains("470000004:47011"))
            let usage = try await scene.imgtool(["build", "du"], as: .user)
            #expect(usage.status == 0, "\(usage.error)")
            #expect(usage.output.contains("mounts"))
            let prune = try await scene.imgtool(["build", "prune", "--all"], as: .user)
            #expect(prune.status == 0, "\(prune.error)")
            #expect(try await scene.owners(of: cache) == ["47011:47011"])
            #expect(scene.folder.names(in: "user/cache/layers") == [])
            #expect(scene.folder.names(in: "user/cache/mounts") == [])
        }
    }

    @Test func `keeps status, signals and standard streams as they are`() async throws {
        try await UserScene.with { scene in
            try scene.context("FROM busybox\nRUN echo 'started' && sleep 1000\n")
            let script = #"""
                "$@" 2> "$TMPDIR/log" & build=$!
                until grep -q ' started$' "$TMPDIR/log"; do kill -0 $build && sleep 0.02; done
                kill -INT $build; wait $build; echo "status $?"
                tail -n 1 "$TMPDIR/log"; pgrep -fc 'sleep 1000$' -u "$(id -u)"
                """#
            let builder = UserScene.Builder(
                name: "user", runner: [OrdinaryUser.runner, "bash", "-c", script, "bash"])
            let outcome = try await scene.build(["-o", "type=cacheonly"], as: builder)
            #expect(
                outcome.output == """
                    status 130
                    imgtool: interrupted; what was finished stays, and running it again goes on from there
                    0

                    """)
            let piped = try await Tool("sh").run(
                [
                    "-c", #"printf 'FROM busybox\nRUN exit 9\n' | "$@""#, "sh", OrdinaryUser.runner, Tool.builtImgtool,
                    "build",
                ]
                    + ["-q", "-f", "-", "--build-context", "busybox=oci-layout://\(scene.bases):busybox", "/media"],
                environment: ["IMGTOOL_CACHE": scene.file("cache", of: .user), "HOME": "/media/home"])
            #expect(piped.status == 1)
            #expect(piped.error.contains("ended with exit code 9"), "\(piped.error)")
        }
    }

    @Test func `finds the user's own folders, where no variable names them`() async throws {
        try await UserScene.with { scene in
            try scene.context("FROM scratch\nCOPY file /\n")
            let script = #"""
                unset HOME IMGTOOL_CACHE IMGTOOL_STORE; "$@" && cd /media/home && ls -d .cache/imgtool/layers .local/share/imgtool
                """#
            let builder = UserScene.Builder(
                name: "user", runner: [OrdinaryUser.runner, "bash", "-c", script, "bash"])
            let outcome = try await scene.build(["-q", "-t", "named"], as: builder)
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(outcome.output.hasSuffix(".cache/imgtool/layers\n.local/share/imgtool\n"))
        }
    }
}
