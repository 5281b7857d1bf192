import TestKit
import Testing

@Suite("A Go program that is compiled for other platforms", .enabled(if: Machine.canBuild), .serialized)
struct GoTests {
    private static let bases: KeyValuePairs = ["golang:1.17-alpine": "go", "alpine": "busybox"]

    /// What runs a program of a platform, by the name of the platform's folder.
    private static let emulators = [
        "linux_amd64": "env", "linux_arm64": "qemu-aarch64-static", "linux_arm_v7": "qemu-arm-static",
    ]

    @Test("runs there and says where", arguments: ["Dockerfile", "optimised.Dockerfile"])
    func crossCompiled(dockerfile: String) async throws {
        try await TemporaryFolder.with { folder in
            try await Builder.shared().build(
                [
                    "--platform", "linux/amd64,linux/arm64,linux/arm/v7", "-f", dockerfile, "-o",
                    "type=local,dest=\(folder.path)",
                ], bases: Self.bases, context: Machine.testData("builds/go"))
            for (name, emulator) in Self.emulators {
                let architecture = name.split(separator: "_")[1]
                let output = try await Tool(emulator).output(folder.file("\(name)/bin/myapp"))
                #expect(output == "Hello world!\nRunning in [\(architecture)] architecture.", "\(name)")
            }
        }
    }

    @Test func `is compiled again when a source changes that is only mounted`() async throws {
        try await TemporaryFolder.with { folder in
            try await Tool("cp").output("-R", Machine.testData("builds/go"), folder.file("context"))
            for greeting in ["Hello world!", "Good morning!"] {
                let source = try folder.text("context/main.go").replacing("Hello world!", with: greeting)
                try folder.write("context/main.go", text: source)
                try await Builder.shared().build(
                    ["-f", "optimised.Dockerfile", "-o", "type=local,dest=\(folder.file("out"))"],
                    bases: Self.bases, context: folder.file("context"))
                #expect(try await Tool(folder.file("out/bin/myapp")).output().hasPrefix(greeting))
            }
        }
    }
}
