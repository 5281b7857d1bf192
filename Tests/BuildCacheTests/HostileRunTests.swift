import Foundation
import Glibc
import TestKit
import Testing

@Suite("A hostile program in a step", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct HostileRunTests {
    /// What nobody in a step may do.
    private static let forbidden = [
        "mount -t tmpfs x /mnt", "mount --bind / /mnt", "mount -o remount,rw /sys", "umount /proc", "unshare -m true",
        "unshare -U true", "nsenter -t 1 -m true", "hostname evil", "date -s 2001-01-01; date | grep 2001", "dmesg",
        "swapoff /x",
        "reboot -f", "poweroff -f", "insmod /bin/busybox", "chroot /proc/1/root/.. ls /cache",
        "echo b > /proc/sysrq-trigger", "echo 1 > /proc/sys/kernel/panic", "echo '|/x' > /proc/sys/kernel/core_pattern",
        "echo x > /proc/sys/vm/overcommit_memory", "echo :x: > /proc/sys/fs/binfmt_misc/register",
        "echo 1 > /sys/kernel/mm/ksm/run", "echo x > /sys/fs/cgroup/release_agent", "mkdir /sys/fs/cgroup/x",
        "head -c 1 /proc/kcore", "head -c 1 /proc/keys | grep .", "cat /proc/timer_list | grep .", "head -c 1 /dev/mem",
        "echo x > /dev/tty", "echo x > /dev/tty1; [ -c /dev/tty1 ] || [ -c /dev/console ]", "echo x > /etc/hosts",
        "renice -n -20 1", "ifconfig lo down",
        "ip link add d type dummy", "losetup /dev/loop0 /bin/busybox", "fuser -k 1/tcp",
        "setfattr -n trusted.x -v 1 /bin",
    ]

    @Test("does nothing to this machine", arguments: StepKind.available)
    func forbidden(_ kind: StepKind) async throws {
        try await CacheScene.with { scene in
            let tries = Self.forbidden.map {
                "if (\($0)) >/dev/null 2>&1; then echo \"DID $0: \($0.filter { $0 != "\"" })\"; fi"
            }
            try scene.folder.write("app/tries", text: tries.joined(separator: "\n") + "\n")
            let outcome = try await scene.attempt(on: kind, "FROM busybox\nCOPY tries /\nRUN sh /tries\n")
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(!outcome.error.contains("DID "), "\(outcome.error)")
        }
    }

    @Test("sees nothing of the process that started it", arguments: StepKind.available)
    func sight(_ kind: StepKind) async throws {
        try await CacheScene.with { scene in
            let outcome = try await scene.attempt(
                on: kind,
                """
                FROM busybox
                RUN ! env | grep -q topsecret; ! grep -q topsecret /proc/1/environ; ! grep -q topsecret /proc/self/environ
                RUN for n in 3 4 5 6 7 8 9; do [ ! -e /proc/1/fd/$n ] || exit 1; done
                RUN [ "$(ls -d /proc/[0-9]* | wc -l)" -le 4 ] && [ ! -t 0 ] && ! cat /proc/1/cwd/../host/victim
                RUN [ -z "$(cat)" ] && cat /proc/self/cgroup && [ "$(id -u)" = 0 ]
                RUN kill -9 -1; kill -9 1; kill -9 2; true
                RUN (sleep 10000 &) ; (while :; do sleep 1; done) & true
                RUN ["/bin/sh", "-c", "exec 0<&- 1>&- 2>&-; sleep 0"]
                """, variables: ["AWS_SECRET": "topsecret"])
            #expect(outcome.status == 0, "\(outcome.error)")
            try await scene.waitUntilNothingIsLeft()
        }
    }

    @Test func `does not get at the program that builds, or at its files`() async throws {
        try await CacheScene.with { scene in
            let canary = try Canary(in: scene.folder)
            let before = try await canary.state()
            let program = try Data(contentsOf: URL(filePath: Tool.imgtool.program))
            for step in [
                #"RUN ["/proc/self/exe", "--version"]"#, "SHELL [\"/proc/self/exe\"]\nRUN x",
                "RUN ln -sf /proc/self/exe /bin/x\nENTRYPOINT [\"/bin/x\"]\nRUN [\"/bin/x\", \"build\"]",
                "WORKDIR /proc/self/fd/5\nRUN ls ../../../..\(canary.path)",
                "WORKDIR /proc/self/fd/7\nRUN ls ..\(canary.path)",
                "WORKDIR /proc/self/fd/8\nRUN ls ../..\(canary.path)",
                "WORKDIR /proc/1/root/..\nRUN ls .\(canary.path)",
                "WORKDIR /proc/self/cwd\nRUN ls \(canary.path)",
            ] {
                let outcome = try await scene.attempt("FROM busybox\n\(step)\n")
                #expect(outcome.status != 0 && !outcome.error.contains("victim"), "\(step): \(outcome.error)")
            }
            #expect(try Data(contentsOf: URL(filePath: Tool.imgtool.program)) == program)
            #expect(try await canary.state() == before)
        }
    }

    @Test("reaches no file of this machine by a mount", arguments: StepKind.available)
    func mounts(_ kind: StepKind) async throws {
        try await CacheScene.with { scene in
            let canary = try Canary(in: scene.folder, for: kind)
            let before = try await canary.state()
            try await Tool("sh").output(
                "-euc", "mkdir -p $0/sub; ln -s \(canary.path) $0/l; ln -s ../host $0/m; ln -s /proc/1/root $0/sub/r",
                scene.folder.file("app"))
            for mount in [
                "type=cache,id=../../host,target=/c", "type=cache,id=/,target=/c", "type=cache,id=.,target=/c",
                "type=cache,target=/c/../../..\(canary.path)", "type=cache,target=/dev", "type=cache,target=/proc",
                "type=cache,from=context,source=/../host,target=/c", "source=../host,target=/c", "source=l,target=/c",
                "source=m,target=/c", "source=sub/r,target=/c", "source=l/victim,target=/c",
                "source=/../..,target=/c,rw",
                "type=secret,id=../../host/victim,target=/c/victim",
                "type=secret,id=\(canary.path)/victim,target=/c/victim",
                "type=tmpfs,target=/sys", "type=tmpfs,target=\(canary.path)",
            ] {
                let outcome = try await scene.attempt(
                    on: kind,
                    "FROM busybox\nRUN --mount=\(mount) ! grep -rs alive /c; echo x > /c/victim; rm -rf /c/empty; true\n"
                )
                #expect(outcome.status == 0 || outcome.error.contains("cannot"), "\(mount): \(outcome.error)")
                #expect(try await canary.state() == before, "\(mount)")
            }
        }
    }

    @Test func `leaves no secret in the cache or in an image`() async throws {
        try await CacheScene.with { scene in
            try scene.folder.write("secret", text: "hunter2hunter2")
            let outcome = try await scene.attempt(
                """
                FROM busybox
                ARG token
                RUN --mount=type=secret,id=s,target=/run/a/b cat /run/a/b | md5sum > /sum
                RUN --mount=type=secret,id=s,env=S echo $S | md5sum > /sum2
                """, ["--secret", "id=s,src=\(scene.folder.file("secret"))"])
            #expect(outcome.status == 0, "\(outcome.error)")
            let found = try await Tool("grep").run(["-rla", "hunter2", scene.cache, scene.folder.file("app.layout")])
            #expect(found.output == "")
        }
    }
}

extension CacheScene {
    /// Builds a Dockerfile, which may fail.
    func attempt(
        on kind: StepKind = .overlay, _ dockerfile: String, _ flags: [String] = [], variables: [String: String] = [:]
    ) async throws -> Tool.Outcome {
        let build = try await context("app", dockerfile)
        return try await run(build + flags, kind, variables: variables)
    }
}
