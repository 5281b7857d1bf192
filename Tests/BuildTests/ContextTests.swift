import TestKit
import Testing

@Suite("What a build takes from folders", .enabled(if: Machine.canBuild))
struct ContextTests {
    /// Builds in a folder that a shell has filled, and unpacks the result.
    private func files(
        _ script: String, _ arguments: [String], bases: KeyValuePairs<String, String> = [:]
    ) async throws -> (entries: [String: String], said: String) {
        try await Builder.with { builder in
            let context = builder.file("context")
            try await Tool("mkdir").output(context)
            try await Tool("sh").output("-euc", "cd \"$1\"; umask 022; \(script)", "sh", context)
            let root = builder.file("root")
            let said = try await builder.build(
                arguments + ["-o", "type=local,dest=\(root)"], bases: bases, context: context)
            return (try Mountable(at: root).entries, said)
        }
    }

    private static let named = """
        mkdir -p rootfs/d; echo a >rootfs/a; echo b >rootfs/d/b; printf 'd/c\\n*.no\\n' >rootfs/.dockerignore
        echo c >rootfs/d/c; echo x >rootfs/x.no; echo '*' >.dockerignore
        """

    @Test func `leaves out what a named context's own ignore file names, in COPY and in RUN`() async throws {
        let dockerfile = """
            cat >Dockerfile <<'END'
            FROM busybox AS run
            RUN --mount=from=files,target=/m cp -R /m /copy
            FROM scratch
            COPY --from=files / /copied/
            COPY --from=run /copy /mounted
            END
            """
        let (entries, _) = try await files(
            "\(Self.named)\n\(dockerfile)", ["--build-context", "files=rootfs"], bases: ["busybox": "busybox"])
        for folder in ["/copied", "/mounted"] {
            let names = entries.keys.filter { $0.hasPrefix("\(folder)/") }.map { $0.dropFirst(folder.count) }
            #expect(names.sorted() == ["/.dockerignore", "/a", "/d", "/d/b"])
        }
    }

    @Test(
        "finds a Dockerfile in lower case, with its own ignore file",
        arguments: [("dockerfile", []), ("sub/dockerfile", ["-f", "sub/Dockerfile"])])
    func lowerCase(_ name: String, _ arguments: [String]) async throws {
        let script = """
            mkdir sub; printf 'FROM scratch\\nCOPY a* /\\n' >\(name); touch a1 a2; echo a1 >\(name).dockerignore
            """
        let (entries, _) = try await files(script, arguments)
        #expect(Array(entries.keys) == ["/a2"])
    }

    @Test func `keeps pipes and devices, and says what becomes of a socket`() async throws {
        let script = """
            mkdir -p rootfs/dev; mknod -m 600 rootfs/dev/console c 5 1; mkfifo -m 640 pipe
            python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
            printf 'FROM files\\nCOPY pipe socket /\\n' >Dockerfile
            """
        let (entries, said) = try await files(script, ["--build-context", "files=rootfs"])
        // A folder of this machine gets no devices, but the image has them.
        #expect(entries["/dev/console"] == nil)
        #expect(said.contains("a device of the image is not made in"))
        #expect(entries["/pipe"] == "pipe 640 0:0")
        #expect(entries["/socket"] == "file 755 0:0 \"\"")
        #expect(said.contains("warning: socket of the build context is a socket, and is copied as an empty file"))
    }

    @Test func `makes the folder of WORKDIR for a user that is not known`() async throws {
        let script = "printf 'FROM scratch\\nUSER docker:root\\nWORKDIR /test\\nUSER 7\\nWORKDIR /seven\\n' >Dockerfile"
        let (entries, _) = try await files(script, [])
        #expect(entries == ["/test": "folder 755 0:0", "/seven": "folder 755 7:7"])
    }

    @Test func `copies nothing for a wildcard that matches nothing, and gives folders on the way a mode`() async throws
    {
        let script = """
            touch a; printf 'FROM scratch\\nCOPY *.nope /x/\\nWORKDIR /made\\n' >Dockerfile
            printf 'COPY --chmod=640 a /made/by/it\\nCOPY --link --chmod=600 a /made/\\n' >>Dockerfile
            """
        let (entries, _) = try await files(script, [])
        #expect(
            entries == [
                "/made": "folder 755 0:0", "/made/by": "folder 640 0:0", "/made/by/it": "file 640 0:0 \"\"",
                "/made/a": "file 600 0:0 \"\"",
            ])
    }
}
