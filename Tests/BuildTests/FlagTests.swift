import TestKit
import Testing

@Suite("A flag of a build", .enabled(if: Machine.canBuild))
struct FlagTests {
    @Test func `has values with commas in quotes, and several hosts at once`() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("a,b", text: "hidden")
            try folder.write(
                "Dockerfile",
                text: """
                    FROM busybox AS made
                    RUN --mount=type=secret,id=s --mount='type=bind,"source=a,b",target=/c' \\
                        mkdir /out && cat /run/secrets/s /c > /out/s && cat /etc/hosts > /out/hosts && hostname > /out/name
                    FROM scratch
                    COPY --from=made /out /
                    """)
            try await Builder.shared().build(
                [
                    "--secret", "\"id=s\",\"src=\(folder.file("a,b"))\"", "--add-host", "a:1.2.3.4,b:1.2.3.5",
                    "--add-host", "c=[::7]", "--build-arg", "BUILDKIT_SANDBOX_HOSTNAME=box", "-o",
                    "type=local,\"dest=\(folder.file("o,ut"))\"",
                ], context: folder.path)
            #expect(try String(decoding: folder.bytes("o,ut/s"), as: UTF8.self) == "hiddenhidden")
            #expect(try String(decoding: folder.bytes("o,ut/name"), as: UTF8.self) == "box\n")
            let hosts = try String(decoding: folder.bytes("o,ut/hosts"), as: UTF8.self)
            for line in ["localhost box", "1.2.3.4\ta", "1.2.3.5\tb", "::7\tc"] {
                #expect(hosts.contains("\(line)\n"), "\(hosts)")
            }
        }
    }

    @Test func `that names the machine of steps runs those again that may have seen its name`() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write(
                "Dockerfile",
                text: "FROM busybox AS made\nRUN hostname > /name\nFROM scratch\nCOPY --from=made /name /\n")
            for name in ["first", "second"] {
                try await Builder.shared().build(
                    ["--build-arg", "BUILDKIT_SANDBOX_HOSTNAME=\(name)", "-o", folder.file("out")], context: folder.path
                )
                #expect(try String(decoding: folder.bytes("out/name"), as: UTF8.self) == "\(name)\n")
            }
        }
    }

    @Test(arguments: [
        (["--add-host", "a"], "it is not a name with an address"),
        (["--add-host", "a:1.2.3.4,b:x"], "x is not an IP address"),
        (["--add-host", "a:1.2.3.4,\"b"], "a quoted value is not closed"),
        (["--secret", "id=\"s\""], "there is a quote inside a value"),
        (["-o", "type=local,dest=\"a,b\""], "there is a quote inside a value"),
        (
            ["-o", "type=oci,dest=x,source-date-epoch=soon"],
            "cannot use source-date-epoch=soon: it is not a number of seconds"
        ),
        (["--build-arg", "SOURCE_DATE_EPOCH=soon"], "cannot use SOURCE_DATE_EPOCH=soon"),
        (["--build-arg", "SOURCE_DATE_EPOCH=253402300800"], "it is later than the year 9999"),
    ])
    func `is refused in one line when it cannot be`(flag: [String], message: String) async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("Dockerfile", text: "FROM scratch\nCOPY Dockerfile /\n")
            let outcome = try await Builder.shared().imgtool(["build"] + flag + [folder.path], in: folder.path)
            #expect(outcome.status == 2)
            #expect(outcome.error.contains(message), "\(outcome.error)")
            let lines = outcome.error.split(separator: "\n").filter { !$0.hasPrefix("building ") }
            #expect(lines.count == 1, "\(outcome.error)")
        }
    }

    @Test func `about the language is said to be of no use, unless it is the language that is spoken`() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("Dockerfile", text: "# syntax=foo/bar\nFROM scratch\nCOPY Dockerfile /\n")
            let arguments = ["--build-arg", "BUILDKIT_SYNTAX=docker/dockerfile:1-labs"]
            let shown = try await Builder.shared().build(arguments, context: folder.path)
            #expect(shown.contains("foo/bar is not used"))
            #expect(!shown.contains("1-labs"))
            let other = ["--build-arg", "BUILDKIT_SYNTAX=me/other"]
            #expect(try await Builder.shared().build(other, context: folder.path).contains("me/other is not used"))
        }
    }
}

@Suite("The time of a result", .enabled(if: Machine.canBuild))
struct ResultTimeTests {
    /// The times of what is in the result, by path.
    private func times(_ arguments: [String], in folder: TemporaryFolder) async throws -> [String: Int] {
        let output = folder.file("out")
        try await Builder.shared().build(["-o", "type=local,dest=\(output)"] + arguments, context: folder.path)
        let lines = try await Tool("find").output(output, "-mindepth", "1", "-printf", "%P %Ts\\n")
        return Dictionary(
            uniqueKeysWithValues: lines.split(separator: "\n").map { line in
                let words = line.split(separator: " ")
                return (String(words[0]), Int(words[1]) ?? -1)
            })
    }

    @Test(arguments: [
        (["--build-arg", "SOURCE_DATE_EPOCH=1500000000"], "", 1_500_000_000),
        ([], "ARG SOURCE_DATE_EPOCH=1400000000\n", 1_400_000_000),
        (["--build-arg", "SOURCE_DATE_EPOCH=1300000000"], "ARG SOURCE_DATE_EPOCH=1\n", 1_300_000_000),
    ])
    func `is that of folders on the way, too`(flag: [String], head: String, time: Int) async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("a", text: "a")
            try await Tool("touch").output("-d", "@1000000000", folder.file("a"))
            try folder.write("Dockerfile", text: "\(head)FROM scratch\nCOPY a /o/p/q\nWORKDIR /w\nCOPY Dockerfile /\n")
            #expect(
                try await times(flag, in: folder)
                    == ["o": time, "o/p": time, "o/p/q": 1_000_000_000, "w": time, "Dockerfile": time])
        }
    }

    @Test func `is what a file on a server has, or the files in it, for steps that ask, too`() async throws {
        let dated = "Last-Modified: Fri, 01 Jan 2010 00:00:00 GMT\r\n"
        let archive = try await TemporaryFolder.with { folder in
            for (name, time) in [("old", 5), ("new", 1_200_000_000)] {
                try folder.write(name, text: name)
                try await Tool("touch").output("-d", "@\(time)", folder.file(name))
            }
            return try await Tool("tar").output("-c", "-C", folder.path, "new", "old")
        }
        for (header, body, time) in [(dated, "x", 1_262_304_000), ("", archive, 1_200_000_000)] {
            let answer =
                "HTTP/1.1 200 OK\r\n\(header)Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
            try await GreetingServer.with(answer) { host in
                try await TemporaryFolder.with { folder in
                    try folder.write(
                        "Dockerfile",
                        text: """
                            ARG SOURCE_DATE_EPOCH=time
                            FROM scratch AS time
                            ADD http://\(host)/f /
                            FROM busybox AS made
                            ARG SOURCE_DATE_EPOCH
                            RUN echo "$SOURCE_DATE_EPOCH" > /told
                            FROM scratch
                            COPY --from=made /told /
                            """)
                    #expect(try await times([], in: folder) == ["told": time])
                    #expect(try String(decoding: folder.bytes("out/told"), as: UTF8.self) == "\(time)\n")
                }
            }
        }
    }

    @Test func `is nothing when the file is not what it should be, or not there`() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"
        try await GreetingServer.with(answer) { host in
            try await TemporaryFolder.with { folder in
                let digest = String(repeating: "0", count: 64)
                let stage = "FROM scratch AS time\nADD --checksum=sha256:\(digest) http://\(host)/f /\n"
                try folder.write("Dockerfile", text: "\(stage)FROM scratch\nCOPY Dockerfile /\n")
                let outcome = try await Builder.shared().imgtool(
                    ["build", "--build-arg", "SOURCE_DATE_EPOCH=time", "."], in: folder.path)
                #expect(outcome.status != 0)
                #expect(
                    outcome.error.contains("Dockerfile:2:88: cannot use http://\(host)/f: its content does not have"))
            }
        }
    }

    @Test func `is another one for one of several outputs`() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("Dockerfile", text: "FROM scratch\nCOPY Dockerfile /o/\n")
            let other = folder.file("other")
            #expect(
                try await times(
                    [
                        "--build-arg", "SOURCE_DATE_EPOCH=1500000000", "-o",
                        "type=local,dest=\(other),source-date-epoch=1400000000", "-o",
                        "type=oci,dest=\(folder.file("image")),tar=false,source-date-epoch=1300000000",
                    ], in: folder) == ["o": 1_500_000_000, "o/Dockerfile": 1_500_000_000])
            let times = try await Tool("stat").output("-c", "%Y", "\(other)/o", "\(other)/o/Dockerfile")
            #expect(times.split(separator: "\n") == ["1400000000", "1400000000"])
            let created = try await Tool("skopeo").output("inspect", "--config", "oci:\(folder.file("image")):latest")
            #expect(created.contains("2011-03-13T07:06:40Z"))
            #expect(!created.contains("2017"))
        }
    }
}
