import Foundation
import Glibc
import TestKit
import Testing

/// A control group for the tests' own, removed at the end.
private struct OwnControlGroup {
    /// Where it is, for each controller: the first version has several hierarchies.
    let folders: [String: String]
    /// Its path from the root.
    let path: String

    /// The mounts of control groups with the controllers that tests need.
    static let mounts: [String: String] = {
        var mounts: [String: String] = [:]
        let table = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        for controller in ["memory", "pids"] {
            mounts[controller] =
                table.split(separator: "\n").compactMap { line -> String? in
                    let fields = line.split(separator: " ")
                    guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 3 else { return nil }
                    let folder = String(fields[4])
                    if fields[dash + 1] == "cgroup" {
                        return fields[dash + 3].split(separator: ",").contains { $0 == controller } ? folder : nil
                    }
                    let enabled = try? String(contentsOfFile: folder + "/cgroup.subtree_control", encoding: .utf8)
                    return enabled?.split(whereSeparator: \.isWhitespace).contains { $0 == controller } == true
                        ? folder : nil
                }.first
        }
        return mounts
    }()

    /// False where this machine has no control groups for us: read-only ones of a container, or none.
    static let isPossible: Bool = {
        guard CacheScene.canBuild, mounts.count == 2 else { return false }
        return mounts.values.allSatisfy { mount in
            let trial = "\(mount)/imgtool-trial-\(getpid())"
            return mkdir(trial, 0o755) == 0 && rmdir(trial) == 0
        }
    }()

    static func with<Result>(_ body: (OwnControlGroup) async throws -> Result) async throws -> Result {
        let name = "imgtool-test-\(UInt32.random(in: .min ... .max))"
        let group = OwnControlGroup(folders: mounts.mapValues { "\($0)/\(name)" }, path: "/\(name)")
        for folder in Set(group.folders.values) { mkdir(folder, 0o755) }
        defer { for folder in Set(group.folders.values) { rmdir(folder) } }
        return try await body(group)
    }

    func give(to user: uid_t) {
        for folder in Set(folders.values) {
            for name in ["", "/cgroup.procs"] { chown(folder + name, user, user) }
        }
    }

    /// The groups in it.
    var groups: [String] {
        Set(folders.values).flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasPrefix("imgtool-") }
        }
    }
}

@Suite("The limits of a step", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct StepLimitTests {
    /// Starts more and more programs that stay.
    private static let bomb = "FROM busybox\nRUN i=0; while [ $i -lt 500 ]; do sleep 10000 & i=$((i+1)); done; exit 3\n"
    private static let hog = "FROM busybox\nRUN dd if=/dev/zero of=/dev/null bs=200M count=1\n"

    @Test("stop a fork bomb, and are named", .enabled(if: OwnControlGroup.isPossible), arguments: StepKind.available)
    func bomb(_ kind: StepKind) async throws {
        try await CacheScene.with { scene in
            try await OwnControlGroup.with { group in
                if kind == .ofOrdinaryUser { group.give(to: OrdinaryUser.id) }
                let build = try await scene.context("app", Self.bomb)
                let outcome = try await scene.run(
                    build + ["--pids-limit", "60", "--cgroup-parent", group.path], kind)
                #expect(outcome.status == 1)
                #expect(
                    outcome.error.contains("at its limit of 60 processes and threads (--pids-limit)"),
                    "\(outcome.error)")
                #expect(!outcome.error.contains("warning: --"), "\(outcome.error)")
                try await waitUntil { group.groups.isEmpty }
            }
        }
    }

    @Test(
        "stop a step that takes too much memory, and are named", .enabled(if: OwnControlGroup.isPossible),
        arguments: StepKind.available)
    func memory(_ kind: StepKind) async throws {
        try await CacheScene.with { scene in
            try await OwnControlGroup.with { group in
                if kind == .ofOrdinaryUser { group.give(to: OrdinaryUser.id) }
                let build = try await scene.context("app", Self.hog)
                let outcome = try await scene.run(build + ["-m", "64m", "--cgroup-parent", group.path], kind)
                #expect(outcome.status == 1)
                #expect(outcome.error.contains("at its limit of 64 MiB of memory (--memory)"), "\(outcome.error)")
                #expect(!outcome.error.contains("warning: --"), "\(outcome.error)")
                try await waitUntil { group.groups.isEmpty }
            }
        }
    }

    @Test(.enabled(if: OwnControlGroup.isPossible)) func `leave no control group when the build is killed`()
        async throws
    {
        try await CacheScene.with { scene in
            try await OwnControlGroup.with { group in
                let build = try await scene.context(
                    "app", "FROM busybox\nRUN --mount=type=cache,target=/c touch /c/x; sleep 10000\n")
                let outcome = try await scene.running(
                    build + ["--cgroup-parent", group.path, "-m", "64m"],
                    until: { !scene.files().isEmpty }
                ) {
                    #expect(!group.groups.isEmpty)
                    try await Tool("kill").output("-KILL", $0)
                }
                #expect(outcome.status != 0)
                try await waitUntil { group.groups.isEmpty }
            }
        }
    }

    @Test func `are held as far as possible without control groups, and a warning says how far`() async throws {
        try await CacheScene.with { scene in
            let bomb = try await scene.context("bomb", Self.bomb)
            let outcome = try await scene.run(bomb + ["--pids-limit", "100"], .ofOrdinaryUser)
            #expect(outcome.status == 1)
            // Where the user has control groups, these are used.
            if !outcome.error.contains("at its limit of 100 processes") {
                #expect(outcome.error.contains("--pids-limit counts the processes of a user in all steps together: "))
                #expect(outcome.error.contains("can't fork"), "\(outcome.error)")
            }
            let hog = try await scene.context("hog", Self.hog)
            let second = try await scene.run(hog + ["--memory", "64m"], .ofOrdinaryUser)
            #expect(second.status == 1)
            if !second.error.contains("at its limit of 64 MiB of memory") {
                #expect(second.error.contains("--memory limits each process instead of the step: "))
                #expect(second.error.contains("out of memory"), "\(second.error)")
            }
        }
    }

    @Test func `do not change what a step comes to`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context("app", "FROM busybox\nRUN echo x > /x\n")
            let digest = try await scene.build(build)
            let again = try await scene.run(build + ["--memory", "64m", "--pids-limit", "-1", "--cpus", "0.5"])
            #expect(again.status == 0 && again.error.contains("CACHED"), "\(again.error)")
            #expect(again.output.contains(digest))
        }
    }

    @Test(
        "are refused in one line where they cannot be meant",
        arguments: [
            (["--memory", "5"], "cannot limit steps to --memory 5: starting one takes more; give at least 6m"),
            (["--memory", "much"], "cannot read --memory much: it is not a size; write it as in 64m"),
            (["--memory-swap", "1g"], "cannot limit steps to --memory-swap 1g: there is no --memory"),
            (["-m", "1g", "--memory-swap", "64m"], "--memory-swap 64m: it is less than --memory"),
            (["--pids-limit", "-2"], "cannot read --pids-limit -2: it is not a number from -1 to 4194304"),
            (["--cpus", "0"], "cannot read --cpus 0: it is not a number of processors; write it as in 1.5"),
            (["--cpus", "1", "--cpu-quota", "5000"], "--cpus stands for --cpu-period and --cpu-quota"),
            (["--cpu-period", "1"], "cannot read --cpu-period 1: it is not a number from 1000 to 1000000"),
            (["--cpu-shares", "1"], "cannot read --cpu-shares 1: it is not a number from 2 to 262144"),
            (["--cpuset-cpus", "0;1"], "cannot read --cpuset-cpus 0;1: it is not a list of numbers"),
        ])
    func refused(flags: [String], problem: String) async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context("app", "FROM busybox\nRUN true\n")
            let outcome = try await scene.run(build + flags)
            #expect(outcome.status == 2)
            #expect(outcome.error.split(separator: "\n").last?.contains(problem) == true, "\(outcome.error)")
        }
    }

    @Test(.enabled(if: OwnControlGroup.isPossible)) func `that the kernel refuses are an error`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context("app", "FROM busybox\nRUN true\n")
            let missing = try await scene.run(build + ["--cgroup-parent", "/nowhere", "-m", "64m"])
            #expect(missing.status == 1)
            #expect(missing.error.contains("cannot put steps below the control group /nowhere: "), "\(missing.error)")
        }
    }
}
