import Foundation
import Glibc
import TestKit
import Testing

/// How a step's files come together, and its programs run.
enum StepKind: String, CaseIterable, CustomTestStringConvertible {
    case overlay, copied, emulated, ofOrdinaryUser

    static let available = allCases.filter {
        $0 != .emulated || FileManager.default.isExecutableFile(atPath: "/usr/bin/qemu-aarch64-static")
    }

    var testDescription: String { rawValue }
    var flags: [String] { self == .emulated ? ["--platform", "linux/arm64"] : [] }
    var variables: [String: String] { self == .copied ? ["IMGTOOL_SNAPSHOTS": "copy"] : [:] }
}

extension CacheScene {
    /// Builds a context with steps of a kind.
    func run(
        _ build: [String], _ kind: StepKind, variables: [String: String] = [:]
    ) async throws -> Tool.Outcome {
        let environment = environment().merging(kind.variables) { $1 }.merging(variables) { $1 }
        guard kind == .ofOrdinaryUser else {
            return try await Tool.imgtool.run(build + kind.flags, environment: environment)
        }
        chown(folder.path, OrdinaryUser.id, OrdinaryUser.id)
        return try await Tool(OrdinaryUser.runner).run(
            [Tool.builtImgtool] + build,
            environment: environment.merging([
                "HOME": "/media/home", "TMPDIR": "/media/home", "XDG_RUNTIME_DIR": "/media/home",
            ]) { _, new in new })
    }
}

/// Something of this machine that no build may change, read or remove.
struct Canary {
    let folder: TemporaryFolder
    var path: String { folder.file("host") }

    init(in folder: TemporaryFolder, for kind: StepKind = .overlay) throws {
        self.folder = folder
        try folder.write("host/victim", text: "alive")
        try FileManager.default.createDirectory(atPath: path + "/empty", withIntermediateDirectories: true)
        for name in ["/victim", "/empty", ""] {
            let times = [timespec(tv_sec: 978_307_200, tv_nsec: 0), timespec(tv_sec: 978_307_200, tv_nsec: 0)]
            utimensat(AT_FDCWD, path + name, times, 0)
            if kind == .ofOrdinaryUser { chown(path + name, OrdinaryUser.id, OrdinaryUser.id) }
        }
    }

    /// What there is, with modes, owners and times.
    func state() async throws -> String {
        try await Tool("sh").output("-c", "cd \(path) && find . -printf '%p %m %U:%G %T@ %y\n' | sort && cat victim")
    }
}

@Suite("A hostile step", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct StepAttackTests {
    private func build(
        _ scene: CacheScene, _ kind: StepKind, _ dockerfile: String, _ flags: String...
    ) async throws -> Tool.Outcome {
        let build = try await scene.context("app", dockerfile)
        return try await scene.run(build + flags, kind)
    }

    @Test(arguments: StepKind.available)
    func `removes nothing of this machine by links in the place of what it was mounted on`(
        kind: StepKind
    ) async throws {
        try await CacheScene.with { scene in
            let canary = try Canary(in: scene.folder, for: kind)
            let before = try await canary.state()
            try scene.folder.write("secret", text: "s")
            let secret = "--mount=type=secret,id=s,target="
            let outcome = try await build(
                scene, kind,
                """
                FROM busybox
                RUN mkdir /x && ln -s \(canary.path) /l && ln -s \(canary.path) /etc/away
                RUN rm -rf /x && mkdir /x
                RUN \(secret)/x/y/victim mv /x/y /x/z && ln -s \(canary.path) /x/y
                RUN --mount=type=tmpfs,target=/x/w/empty mv /x/w /x/v && ln -s \(canary.path) /x/w
                RUN \(secret)/l/victim --mount=type=tmpfs,target=/etc/away/empty cat /l/victim
                RUN \(secret)/a/b/c/victim mv /a/b /a/d; mkdir -p /a/b; ln -s \(canary.path) /a/b/c
                RUN test ! -e /x/z/victim && test ! -e /x/v/empty
                """, "--secret", "id=s,src=\(scene.folder.file("secret"))")
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(try await canary.state() == before)
            // What is mounted in a cache is left to the runtime, which may refuse it.
            let cache = try await build(
                scene, kind,
                """
                FROM busybox
                RUN --mount=type=cache,target=/c rm -rf /c/d && ln -s \(canary.path) /c/d
                RUN --mount=type=cache,target=/c \(secret)/c/d/victim true
                """, "--secret", "id=s,src=\(scene.folder.file("secret"))")
            #expect(cache.error.contains(" 2/3] RUN"), "\(cache.error)")
            #expect(try await canary.state() == before)
        }
    }

    @Test(arguments: StepKind.available)
    func `finds nothing of this machine behind its links`(kind: StepKind) async throws {
        try await CacheScene.with { scene in
            let canary = try Canary(in: scene.folder, for: kind)
            try scene.folder.write("host/passwd", text: "stranger:x:77:77::/:/bin/sh\n")
            let before = try await canary.state()
            let outcome = try await build(
                scene, kind,
                """
                FROM busybox AS made
                RUN ln -s \(canary.path) /l && ln -s \(canary.path) /s
                FROM made
                WORKDIR /l/sub
                RUN echo x > made && test ! -e ../victim
                RUN --mount=type=cache,from=made,source=/s,target=/c ls /c | grep -c victim > /count || true
                RUN test $(cat /count) = 0
                RUN rm /etc/group && mkfifo /etc/group
                USER 1000
                RUN test $(id -u) = 1000
                """)
            #expect(outcome.error.contains("cannot") || outcome.status == 0, "\(outcome.error)")
            #expect(try await canary.state() == before)
            let user = try await build(
                scene, kind,
                "FROM busybox\nRUN ln -sf \(canary.path)/passwd /etc/passwd\nUSER stranger\nRUN id\n")
            #expect(user.error.contains("cannot run as the user stranger"), "\(user.error)")
            let bind = try await build(
                scene, kind,
                """
                FROM busybox AS made
                RUN ln -s \(canary.path) /l
                FROM busybox
                RUN --mount=from=made,source=/l/victim,target=/m cat /m
                """)
            #expect(bind.error.contains("does not exist"), "\(bind.error)")
            #expect(try await canary.state() == before)
        }
    }

    @Test(arguments: StepKind.available)
    func `changes no node and no file of the kernel that others see`(kind: StepKind) async throws {
        try await CacheScene.with { scene in
            // Seen through a mount of its own, as one that is there already remembers modes.
            func state() async throws -> String {
                let script = """
                    mount -t proc proc /proc
                    stat -c '%n %a %u:%g' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty
                    stat -c '%n %a %u:%g' /proc/[!0-9]*
                    """
                let outcome = try await scene.shell(script)
                // Links to what belongs to the process.
                return outcome.output
            }
            let before = try await state()
            let outcome = try await build(
                scene, kind,
                """
                FROM busybox
                RUN chmod 0602 /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty && \
                    chown 7:7 /dev/full && touch -d 2001-01-01 /dev/zero; ls -l /dev/full; \
                    for f in /proc/*; do case $f in /proc/[0-9]*|/proc/*self|/proc/net|/proc/mounts) ;; \
                    *) chmod 0604 $f; chown 7:7 $f ;; esac; done 2>/dev/null; true
                RUN echo x > /dev/null && test $(head -c 4 /dev/zero | wc -c) = 4 && echo x > /proc/self/comm
                """)
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(try await state() == before)
            #expect(before.contains("/proc/uptime 444 0:0\n/proc/version 444 0:0"))
        }
    }

    @Test func `writes to nothing that is mounted below what it may only read`() async throws {
        try await CacheScene.with { scene in
            try scene.folder.write("app/inner/x", text: "")
            let build = try await scene.context(
                "app", "FROM busybox\nRUN --mount=target=/src echo bad > /src/inner/new; ls /src/inner > /is\n")
            let script = """
                mount -t tmpfs tmpfs \(scene.folder.file("app"))/inner; touch \(scene.folder.file("app"))/inner/y
                "$0" "$@" >&2; ls \(scene.folder.file("app"))/inner
                """
            let outcome = try await scene.shell(script, build)
            #expect(outcome.output == "y\n", "\(outcome.error)")
        }
    }
}
