import Glibc
import TestKit
import Testing

@Suite("A hostile build context", .enabled(if: Machine.canBuild), .timeLimit(.minutes(2)))
struct HostileContextTests {
    private static let secret = "not for you"

    /// Builds in a folder beside a file that is not part of it.
    private func build(_ dockerfile: String, _ body: (Tool.Outcome, TemporaryFolder) throws -> Void) async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("host/victim", text: Self.secret)
            try await Tool("sh").output(
                "-euc",
                """
                mkdir -p $0/context/sub; cd $0/context
                ln -s $0/host h; ln -s ../host r; ln -s loop loop; ln -s a b; ln -s b a; ln -s ../../../../../../$0/host sub/h
                mkfifo fifo; ln -s /proc/self/root p; ln -s /dev/zero zero; mkdir sub/x; ln -s ../h sub/x/h
                """, folder.path)
            try folder.write("context/Dockerfile", text: dockerfile)
            let outcome = try await Builder.shared().imgtool(
                ["build", "--progress", "plain", "-o", folder.file("out"), "context"], in: folder.path)
            try body(outcome, folder)
            let copied = try await Tool("grep").run(["-rls", Self.secret, folder.file("out")])
            #expect(copied.output == "", "\(dockerfile)")
            #expect(try folder.text("host/victim") == Self.secret)
        }
    }

    @Test(
        "gives no file beside it",
        arguments: [
            "COPY h /o/", "COPY h/victim /o/", "COPY r/victim /o/", "COPY ../host/victim /o/", "COPY sub/h/victim /o/",
            "COPY sub/x/h/victim /o/", "COPY sub/x/../../../host/victim /o/", "COPY h* /o/",
            "COPY --parents h/victim /o/", "COPY --parents ./sub/./h/victim /o/", "COPY p/etc/passwd /o/",
            "COPY loop /o/", "COPY a/x /o/", "COPY zero /o/", "ADD h/victim /o/", "ADD file:///etc/passwd /o/",
            "COPY --from=context h/victim /o/", "COPY --from=oci:. / /o/", "COPY --from=docker-archive:/dev/zero / /o/",
            "COPY --from=oci-archive:context/fifo / /o/",
        ])
    func refused(_ line: String) async throws {
        try await build("FROM scratch\n\(line)\n") { outcome, folder in
            #expect(outcome.status != 0)
            #expect(!outcome.error.contains(Self.secret), "\(outcome.error)")
        }
    }

    @Test func `is copied with its links as links, and nothing of it is waited for`() async throws {
        try await build("FROM scratch\nCOPY . /o/\n") { outcome, folder in
            #expect(outcome.status == 0, "\(outcome.error)")
            var status = stat()
            for name in ["h", "r", "loop", "p", "zero", "sub/h"] {
                #expect(lstat(folder.file("out/o/\(name)"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
            }
        }
    }

    @Test func `is not named by a Dockerfile as images in files of this machine`() async throws {
        for name in ["oci:.", "oci-layout:///x:y", "oci-archive:x", "docker-archive:/dev/zero", "docker-archive:-"] {
            try await build("ARG I=\(name)\nFROM $I\n") { outcome, _ in
                #expect(outcome.status == 2)
                #expect(outcome.error.contains("--build-context NAME=\(name)"), "\(outcome.error)")
            }
        }
    }

    @Test func `writes nothing beside the output by a link that an earlier output has left`() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("host/victim", text: Self.secret)
            for (number, script) in [
                "ln -s \(folder.file("host")) d", "mkdir -p d/sub; echo bad > d/victim; echo bad > d/sub/new",
                "ln -s \(folder.file("host"))/victim f; ln -s ../host e", "echo bad > f; mkdir e; echo bad > e/victim",
            ].enumerated() {
                try await Tool("sh").output(
                    "-euc", "mkdir -p $0/c\(number)/x; cd $0/c\(number)/x; \(script)", folder.path)
                try folder.write("c\(number)/Dockerfile", text: "FROM scratch\nCOPY x /\n")
                let outcome = try await Builder.shared().imgtool(
                    ["build", "-o", folder.file("out"), "c\(number)"], in: folder.path)
                #expect(outcome.status == 0, "\(outcome.error)")
                #expect(try folder.text("host/victim") == Self.secret)
                #expect(folder.names(in: "host") == ["victim"])
            }
        }
    }
}
