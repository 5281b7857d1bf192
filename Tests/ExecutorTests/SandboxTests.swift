import Executor
import Foundation
import OCI
import Processes
import TestKit
import Testing

@Suite("A step in a sandbox", .enabled(if: Busybox.isAvailable))
struct SandboxTests {
    @Test("runs with either runtime and passes on what it writes", arguments: ["crun", "runc"])
    func either(runtime: String) async throws {
        try await SandboxScene.with(runtime: runtime) { scene in
            let result = try await scene.run("echo out; echo err >&2; exit 7")
            #expect(result.ending == .exited(status: 7))
            #expect(result.output == "out\n")
            #expect(result.errorOutput == "err\n")
            #expect(scene.leftovers() == [])
        }
    }

    @Test("ends by the signal that kills it")
    func signal() async throws {
        try await SandboxScene.with { scene in
            let marker = "\(UInt32.random(in: 100_000_000 ... .max))"
            async let result = scene.run("exec sleep \(marker)")
            var victim: pid_t?
            while victim == nil {
                victim = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }.first {
                    FileManager.default.contents(atPath: "/proc/\($0)/cmdline") == Data("sleep\0\(marker)\0".utf8)
                }
                try await Task.sleep(for: .milliseconds(2))
            }
            if let victim { kill(victim, SIGKILL) }
            #expect(try await result.ending == .killed(signal: SIGKILL))
        }
    }

    @Test("ends with its program's status")
    func endings() async throws {
        let cases: [(String, ProgramResult.Ending)] = [
            ("true", .exited(status: 0)), ("exit 137", .exited(status: 137)),
            ("(sleep 100 &) ; exit 3", .exited(status: 3)),
        ]
        for (command, ending) in cases {
            try await SandboxScene.with { scene in
                let result = try await scene.run(command)
                #expect(result.ending == ending, "\(command)")
                #expect(scene.leftovers() == [])
            }
        }
    }

    @Test("says what the runtime says when there is no such program")
    func missingProgram() async throws {
        try await SandboxScene.with { scene in
            let error = await #expect(throws: ImageError.self) {
                try await scene.run("") { $0.arguments = ["no-such-program"] }
            }
            #expect(error?.description.contains("no-such-program") == true)
        }
    }

    @Test("is process 1, alone, with Docker's capabilities, a filter, umask 022 and an end for broken pipes")
    func confinement() async throws {
        try await SandboxScene.with { scene in
            let text = try await scene.output(
                """
                echo $$; ps > /dev/shm/ps; wc -l < /dev/shm/ps; umask; hostname; grep -E '^(CapEff|CapInh|Seccomp|NoNewPrivs):' /proc/self/status
                yes | head -n 1; cat /proc/1/comm; ls /proc/keys /sys/firmware; echo x > /proc/sys/vm/swappiness || echo kept
                """
            ) { $0.network = .host }
            #expect(text.lines.prefix(4) == ["1", "3", "0022", "imgtool"])
            #expect(text.contains("CapInh:\t0000000000000000\nCapEff:\t00000000a80425fb\n"))
            #expect(text.contains("NoNewPrivs:\t0\nSeccomp:\t2\n"))
            #expect(text.contains("\ny\nsh\n/proc/keys\n\n/sys/firmware:\nkept"))
        }
    }

    @Test("can make device nodes, but open none outside of /dev", arguments: ["crun", "runc"])
    func devices(runtime: String) async throws {
        try await SandboxScene.with(runtime: runtime) { scene in
            // The full device: nothing but the place of the node can be in the way of opening it.
            let result = try await scene.run(
                "for f in /full /dev/mine; do mknod $f c 1 7; head -c 1 $f; done; head -c 1 /dev/full | wc -c")
            #expect(result.output == "1\n")
            #expect(result.errorOutput.lines.count == 2)
            #expect(result.errorOutput.lines.allSatisfy { $0.contains("Permission denied") })
            #expect(scene.changes() == ["full"])
        }
    }

    @Test("cannot write to the machine's settings, or through a mount that is read-only", arguments: ["crun", "runc"])
    func limits(runtime: String) async throws {
        try await SandboxScene.with(runtime: runtime) { scene in
            let result = try await scene.run(
                "for m in /sys /proc/sys /etc/hosts /src; do grep -q \" $m [a-z0-9]* ro,\" /proc/mounts && echo $m; done"
            ) {
                let folder = Mountable.folder(scene.folder.path)
                $0.mounts = [SandboxMount(target: "/src", source: .bind(folder, path: "/", isReadOnly: true))]
            }
            #expect(result.output == "/sys\n/proc/sys\n/etc/hosts\n/src\n")
        }
    }

    @Test("has every capability and no filter when it is insecure")
    func insecure() async throws {
        try await SandboxScene.with { scene in
            let text = try await scene.output(
                "grep -E '^(CapEff|Seccomp):' /proc/self/status; mount -t tmpfs tmpfs /home && df /home | wc -l"
            ) { $0.security = .insecure }
            #expect(text.contains("Seccomp:\t0"))
            #expect(!text.contains("a80425fb"))
            #expect(text.hasSuffix("\n2"))
        }
    }

    @Test("runs as the user that the image knows")
    func users() async throws {
        let cases: [(String, String)] = [
            ("", "uid=0(root) gid=0(root) groups=0(root) /root"),
            ("app", "uid=1000(app) gid=1001(app) groups=44(video),1001(app) /home/app"),
            ("1000", "uid=1000(app) gid=1001(app) groups=44(video),1001(app) /home/app"),
            ("app:video", "uid=1000(app) gid=44(video) groups=44(video) /home/app"),
            ("1234:5", "uid=1234 gid=5 groups=5 /"),
        ]
        for (user, expected) in cases {
            try await SandboxScene.with { scene in
                let text = try await scene.output("echo $(id) $HOME") { $0.user = user }
                let groups = text.replacingOccurrences(
                    of: "groups=1001(app),44(video)", with: "groups=44(video),1001(app)")
                #expect(groups == expected, "\(user)")
            }
        }
        try await SandboxScene.with { scene in
            let error = await #expect(throws: ImageError.self) { try await scene.run("true") { $0.user = "nobody" } }
            #expect(error?.reason == "the image's /etc/passwd does not have it")
        }
    }

    @Test("creates its working folder for its user, and keeps it")
    func workingFolder() async throws {
        try await SandboxScene.with { scene in
            let text = try await scene.output("pwd; stat -c '%u:%g %a' . ..") {
                $0.workingFolder = "/srv/app"
                $0.user = "app"
            }
            #expect(text == "/srv/app\n1000:1001 755\n1000:1001 755")
            #expect(scene.changes() == ["srv", "srv/app"])
        }
    }

    @Test("reaches this machine's network, or nothing, and finds the hosts it was given")
    func network() async throws {
        try await SandboxScene.with { scene in
            let interfaces = "ls /sys/class/net; grep -c : /proc/net/dev; cat /etc/hosts"
            let shared = try await scene.output(interfaces) {
                $0.extraHosts = [.init(name: "registry.local", address: "192.0.2.7")]
                $0.hostname = "builder"
            }
            #expect(shared.contains("127.0.0.1\tlocalhost builder\n"))
            #expect(shared.contains("192.0.2.7\tregistry.local"))
        }
        try await SandboxScene.with { scene in
            let interfaces = "ls /sys/class/net; grep -c : /proc/net/dev; ip addr show lo | grep -c LOOPBACK,UP"
            let alone = try await scene.output(interfaces) { $0.network = .none }
            #expect(alone == "lo\n1\n1")
        }
    }

    @Test("can be cancelled at once, with all that it has started")
    func cancellation() async throws {
        try await SandboxScene.with { scene in
            let (lines, continuation) = AsyncStream.makeStream(of: Void.self)
            let step = Task {
                var spec = SandboxSpec(
                    root: scene.root, arguments: ["/bin/sh", "-c", "(sleep 1000 &); echo started; sleep 1000"])
                spec.environment = ["PATH=/bin"]
                return try await Sandbox(runtime: scene.runtime, location: scene.location).run(spec) { _, _ in
                    continuation.yield()
                }
            }
            for await _ in lines { break }
            #expect(!scene.leftovers().isEmpty)
            step.cancel()
            await #expect(throws: CancellationError.self) { try await step.value }
            #expect(scene.leftovers() == [])
        }
    }

    @Test("leaves nothing when the program that runs it is killed", arguments: ["crun", "runc"])
    func killed(runtime: String) async throws {
        try await SandboxScene.with { scene in
            let driver = Process()
            driver.executableURL = URL(fileURLWithPath: SandboxScene.driver)
            driver.arguments = [
                scene.folder.file("location"), runtime, Busybox.layer(), scene.upper, scene.folder.file("work"),
                "(sleep 1000 &); echo > /started; sleep 1000",
            ]
            try driver.run()
            while !FileManager.default.fileExists(atPath: "\(scene.upper)/started") {
                try #require(driver.isRunning)
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(!scene.leftovers().isEmpty)
            kill(driver.processIdentifier, SIGKILL)
            driver.waitUntilExit()
            while !scene.leftovers().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    @Test("whose process is killed is an error, and leaves nothing")
    func processKilled() async throws {
        try await SandboxScene.with { scene in
            let step = Task { try await scene.run("echo > /started; sleep 1000") }
            while !FileManager.default.fileExists(atPath: "\(scene.upper)/started") {
                try await Task.sleep(for: .milliseconds(5))
            }
            let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }
            let ours = processes.filter { process in
                SandboxScene.fact("status", of: process).contains(/NSpid:\t\d+\t1\n/)
                    && SandboxScene.fact("mountinfo", of: process).contains(scene.folder.path)
            }
            try #require(ours.count == 1)
            kill(ours[0], SIGKILL)
            let error = await #expect(throws: ImageError.self) { _ = try await step.value }
            #expect(error?.reason.contains("signal 9") == true)
            #expect(scene.leftovers() == [])
        }
    }

    @Test("of ten at once each sees only itself")
    func concurrency() async throws {
        try await SandboxScene.with { scene in
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<10 {
                    let upper = scene.folder.file("upper-\(number)")
                    let work = scene.folder.file("work-\(number)")
                    for folder in [upper, work] {
                        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
                    }
                    group.addTask {
                        try await scene.output("echo \(number) > /number; cat /number; ls / | wc -l") {
                            $0.root = .overlay(layers: [Busybox.layer()], upper: upper, work: work)
                        }
                    }
                }
                var seen: [String] = []
                for try await text in group { seen.append(text) }
                #expect(seen.sorted() == (0..<10).map { "\($0)\n7" })
            }
            #expect(scene.leftovers() == [])
        }
    }
}
