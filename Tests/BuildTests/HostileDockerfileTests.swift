import Glibc
import TestKit
import Testing

@Suite("A stranger's Dockerfile", .enabled(if: Machine.canBuild))
struct HostileDockerfileTests {
    /// Builds what is in a folder, without a name for the result.
    private func build(_ folder: TemporaryFolder, _ arguments: [String] = []) async throws -> Tool.Outcome {
        try await Builder.shared().imgtool(["build", "--progress", "plain"] + arguments + ["."], in: folder.path)
    }

    @Test(arguments: [
        ("RUN --network=host touch /ran", "network.host"), ("RUN --security=insecure touch /ran", "security.insecure"),
    ])
    func `has nothing of the machine unless it is allowed`(_ instruction: String, _ right: String) async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("Dockerfile", text: "FROM localhost:1/none\nRUN touch /before\n\(instruction)\n")
            for allowed in [[], ["--allow", right == "network.host" ? "security.insecure" : "network.host"]] {
                let outcome = try await build(folder, allowed)
                #expect(outcome.status == 2)
                // Nothing has been fetched, let alone run.
                #expect(outcome.error.contains("Dockerfile:3:1: RUN --"), "\(outcome.error)")
                #expect(outcome.error.contains("--allow \(right)"), "\(outcome.error)")
            }
        }
    }

    @Test func `has what it is allowed to, in one list or several`() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write(
                "Dockerfile",
                text: "FROM busybox AS a\nRUN --security=insecure --network=host touch /ran\n"
                    + "FROM scratch\nCOPY --from=a /ran /\n")
            for flags in [["network.host,security.insecure"], ["network.host", "", "security.insecure"]] {
                let out = folder.file("out-\(flags.count)")
                try await Builder.shared().build(
                    flags.flatMap { ["--allow", $0] } + ["-o", out], context: folder.path)
                #expect(try folder.bytes("out-\(flags.count)/ran").isEmpty)
            }
        }
    }

    @Test(arguments: [
        (["--network", "host"], "add --allow network.host"),
        (["--allow", "network.hots"], "did you mean network.host?"),
        (["--allow", "device=a/b=c"], "devices cannot be given to a step"), (["--allow", "device"], "devices cannot"),
        (["--allow", "fs.read=/"], "it is for bake files"), (["--allow", "network.host=x"], "nothing of this name"),
        (["--allow", "all"], "there are network.host and security.insecure"),
    ])
    func `is allowed nothing by a flag that says something else`(_ flags: [String], _ reason: String) async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("Dockerfile", text: "FROM scratch\n")
            let outcome = try await build(folder, flags)
            #expect(outcome.status == 2)
            #expect(outcome.error.contains(reason), "\(outcome.error)")
        }
    }

    @Test func `is not a link to a file that is not its own, and neither is its ignore file`() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("secret", text: "top secret\n")
            try folder.write("context/file", text: "x")
            for target in ["../secret", folder.file("secret"), "../../../../../../../\(folder.file("secret"))"] {
                for arguments in [[], ["-f", "context/Dockerfile"], ["-f", folder.file("context/Dockerfile")]] {
                    unlink(folder.file("context/Dockerfile"))
                    try #require(symlink(target, folder.file("context/Dockerfile")) == 0)
                    let outcome = try await Builder.shared().imgtool(
                        ["build"] + arguments + ["context"], in: folder.path)
                    #expect(outcome.status == 2)
                    #expect(!outcome.error.contains("top secret"), "\(outcome.error)")
                    #expect(
                        outcome.error.contains("a symbolic link must not lead out of its folder"), "\(outcome.error)")
                }
            }
            unlink(folder.file("context/Dockerfile"))
            try folder.write("context/sub/real", text: "FROM scratch\nCOPY file /\n")
            // The folder is the root of all its links.
            for target in ["sub/real", "/sub/real", "../../sub/real"] {
                unlink(folder.file("context/Dockerfile"))
                try #require(symlink(target, folder.file("context/Dockerfile")) == 0)
                unlink(folder.file("context/.dockerignore"))
                try folder.write("ignore", text: "[secret\nfile\n")
                try #require(symlink("../ignore", folder.file("context/.dockerignore")) == 0)
                let outcome = try await Builder.shared().imgtool(
                    ["build", "-o", folder.file("out"), "context"], in: folder.path)
                #expect(outcome.status == 0, "\(outcome.error)")
                #expect(try folder.bytes("out/file") == [UInt8(ascii: "x")])
            }
        }
    }

    @Test(arguments: ["Dockerfile", ".dockerignore", "Dockerfile.dockerignore"])
    func `lets nobody wait for a pipe that nothing writes to`(_ name: String) async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("Dockerfile", text: "FROM scratch\n")
            unlink(folder.file(name))
            try #require(mkfifo(folder.file(name), 0o600) == 0)
            let outcome = try await build(folder)
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("it is not a regular file"), "\(outcome.error)")
        }
    }

    @Test func `can still be what a shell gives as an open file`() async throws {
        try await TemporaryFolder.with { folder in
            let outcome = try await Tool("bash").run(
                ["-c", "\(Tool.imgtool.program) build -f <(echo FROM scratch) \(folder.path)"],
                environment: try Builder.shared().environment)
            #expect(outcome.status == 0, "\(outcome.error)")
        }
    }

    @Test func `is told of an archive that cannot be unpacked`() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("file", text: String(repeating: "a b c ", count: 1000))
            _ = try await Tool("bash").run(
                [
                    "-c",
                    "cd '\(folder.path)' && tar -cf a.tar file && gzip -k a.tar && zstd -q --ultra --long=31 < a.tar > a.tar.zst "
                        + "&& printf '\\377\\377\\377\\377\\377\\377' | dd of=a.tar.gz bs=1 seek=20 conv=notrunc status=none",
                ])
            for name in ["a.tar.gz", "a.tar.zst"] {
                try folder.write("Dockerfile", text: "FROM scratch\nADD \(name) /d/\n")
                let outcome = try await build(folder)
                #expect(outcome.status != 0)
                #expect(outcome.error.contains("cannot unpack"), "\(outcome.error)")
                try folder.write("Dockerfile", text: "FROM scratch\nADD --unpack=false \(name) /d/\n")
                #expect(try await build(folder).status == 0)
            }
        }
    }

    @Test func `may chain as many stages as it likes`() async throws {
        try await TemporaryFolder.with { folder in
            let stages = (1..<1000).map { "FROM scratch AS s\($0)\nCOPY --from=s\($0 - 1) / /" }
            try folder.write(
                "Dockerfile", text: "FROM scratch AS s0\nCOPY file /\n" + stages.joined(separator: "\n") + "\n")
            try folder.write("file", text: "x")
            let outcome = try await build(folder, ["-o", folder.file("out")])
            #expect(outcome.status == 0, "\(outcome.error.suffix(500))")
            #expect(try folder.bytes("out/file") == [UInt8(ascii: "x")])
        }
    }

    @Test func `leaves no program behind that makes somebody else of whoever runs it, and no device`() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write(
                "Dockerfile",
                text: """
                    FROM busybox AS a
                    RUN mkdir /o && cp /bin/busybox /o/su && chmod 4755 /o/su && mkfifo /o/fifo && mknod /o/null c 1 3 \\
                        && ln /o/null /o/other
                    FROM scratch AS program
                    COPY --from=a /o/su /

                    FROM scratch AS device
                    COPY --from=a /o /
                    """)
            for (stage, out) in [("program", "new"), ("device", "device"), ("program", "full")] {
                if out == "full" { try folder.write("full/file", text: "x") }
                let path = folder.file(out)
                let shown = try await Builder.shared().build(["--target", stage, "-o", path], context: folder.path)
                var status = stat()
                try #require(stat(path, &status) == 0)
                #expect(out == "full" || status.st_mode & 0o7777 == 0o700)
                #expect(shown.contains("every user of this machine can run") == (out == "full"), "\(shown)")
                #expect(shown.contains("devices of the image are not made") == (out == "device"), "\(shown)")
                try #require(lstat("\(path)/su", &status) == 0)
                #expect(status.st_mode & 0o7777 == 0o4755)
                #expect(lstat("\(path)/null", &status) != 0 && lstat("\(path)/other", &status) != 0)
            }
        }
    }

    @Test func `tells nobody the password of an address that it names`() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("Dockerfile", text: "FROM scratch\nARG W\nADD http://me:$W@localhost:1/x /\n")
            let outcome = try await build(folder, ["--debug", "--build-arg", "W=hunter2"])
            #expect(outcome.status != 0)
            #expect(!outcome.error.contains("hunter2"), "\(outcome.error)")
        }
    }
}
