import Executor
import Foundation
import OCI
import Processes
import TestKit
import Testing

@Suite("Programs of another architecture", .enabled(if: Busybox.isAvailable))
struct EmulatorTests {
    private static let hasEmulators = FileManager.default.isExecutableFile(atPath: "/usr/bin/qemu-aarch64-static")

    @Test(
        "run in a step by an emulator that only the step has", .enabled(if: hasEmulators), arguments: ["crun", "runc"])
    func emulated(runtime: String) async throws {
        try await SandboxScene.with(layers: [Busybox.layer("arm64")], runtime: runtime) { scene in
            let before = FileManager.default.subpaths(atPath: "/proc/sys/fs/binfmt_misc")
            let emulation = try await Emulators(at: scene.location).emulation(for: Platform(parsing: "linux/arm64"))
            #expect(emulation.isEmulated)
            // A program that starts programs, as another user too, and writes files of any owner.
            let text = try await scene.output(
                "uname -m; (uname -m); echo x > /made; chown 7:8 /made; stat -c '%u:%g' /made; ls /dev /sys | wc -l"
            ) { $0.emulation = emulation }
            #expect(text.lines.prefix(3) == ["aarch64", "aarch64", "7:8"])
            #expect(scene.changes() == ["made"])
            let user = try await scene.output("echo $(id -u) $(id -g) $HOME; readlink /proc/self/exe | wc -l") {
                $0.emulation = emulation
                $0.user = "app"
                $0.network = .none
                $0.root = .layers([Busybox.layer("arm64")])
            }
            #expect(user.lines.first == "1000 1001 /home/app")
            #expect(FileManager.default.subpaths(atPath: "/proc/sys/fs/binfmt_misc") == before)
            #expect(scene.leftovers() == [])
        }
    }

    @Test("exit with 0 under their emulator, the smallest ones of all architectures", .enabled(if: hasEmulators))
    func smallest() async throws {
        try await SandboxScene.with { scene in
            let emulators = Emulators(at: scene.location)
            for architecture in Architecture.allCases {
                let emulation = try await emulators.emulation(for: Platform(parsing: "linux/\(architecture.rawValue)"))
                let isOwn = [.amd64, .i386].contains(architecture)
                #expect(emulation.isEmulated == !isOwn, "\(architecture)")
            }
        }
    }

    @Test("are refused by an error that says what to install, when there is no emulator")
    func missing() async throws {
        try await SandboxScene.with { scene in
            let emulators = Emulators(at: scene.location, folders: [])
            let error = await #expect(throws: ImageError.self) {
                try await emulators.emulation(for: Platform(parsing: "linux/s390x"))
            }
            #expect(error?.advice?.hasPrefix("apt-get install qemu-user-static") == true)
            await #expect(throws: ImageError.self) {
                try await emulators.emulation(for: Platform(parsing: "windows/amd64"))
            }
            let own = try await emulators.emulation(for: .host)
            #expect(own == .native)
        }
    }
}
