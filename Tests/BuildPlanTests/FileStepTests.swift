import BuildPlan
import Testing

@Suite("Steps with files")
struct FileStepTests {
    @Test(
        "make the working directory, each on the one before",
        arguments: [
            ("WORKDIR /a", "mkdir /a"), ("WORKDIR a", "mkdir /a"),
            ("WORKDIR /a\nWORKDIR b/c\nWORKDIR ../d", "mkdir /a/b/d"),
            ("WORKDIR /a/./b//c/", "mkdir /a/b/c"), ("WORKDIR \"/a b\"", "mkdir /a b"), ("WORKDIR /a b", "mkdir /a b"),
            ("WORKDIR /a\nWORKDIR ../../..\nWORKDIR x", "mkdir /x"), ("USER me\nWORKDIR /a", "mkdir /a of me"),
            ("WORKDIR /a\nWORKDIR $unset", "mkdir /a"),
        ] as [(String, String)])
    func folders(_ instructions: String, _ expected: String) async throws {
        let plan = try await plan("FROM alpine\n\(instructions)")
        #expect(plan.steps.last?.work.rendering == expected)
    }

    @Test("start in the image's working directory, for which nothing is made")
    func imageFolder() async throws {
        var images = Images()
        images["base"] = #"{"WorkingDir":"srv/","User":"me"}"#
        let plan = try await plan("FROM base\nRUN x\nCOPY a b\nWORKDIR c", images: images)
        #expect(
            plan.rendering == """
                0: base amd64
                1: 0 run x in /srv as me on amd64
                2: 1 copy context:a to /srv/b
                3: 2 mkdir /srv/c of me
                amd64=3
                """)
    }

    @Test("make nothing for the root")
    func root() async throws {
        let plan = try await plan("FROM alpine\nWORKDIR /a\nWORKDIR /\nRUN x")
        #expect(plan.rendering.hasSuffix("2: 1 run x on amd64\namd64=2"))
        #expect(plan.config == #"{"WorkingDir":"/"}"#)
    }

    @Test(
        "copy to where the destination is, a folder when it says so",
        arguments: [
            ("COPY a b", "context:a to /w/b"), ("COPY . .", "context:. to /w/"), ("COPY a ./", "context:a to /w/"),
            ("COPY a b/", "context:a to /w/b/"), ("COPY a b/.", "context:a to /w/b/"), ("COPY a ..", "context:a to /"),
            ("COPY a /", "context:a to /"), ("COPY a /x/../y/", "context:a to /y/"),
            ("COPY a b* /c/", "context:a context:b* to /c/"), ("COPY [\"a b\", \"c d/\"]", "context:a b to /w/c d/"),
            ("COPY a $unset", "context:a to /w/"), ("COPY $unset /a", "context: to /a"),
            ("COPY --link --chown=1:2 a /b", "context:a to /b of 1:2 linked"),
            ("COPY --link --chmod=755 a /b", "context:a to /b mode 755"),
            ("COPY --chown=$unset --chmod=u+x a /b", "context:a to /b mode u+x"),
            ("COPY --parents a/./b /c/", "context:a/./b to /c/ with parents"),
            ("COPY --exclude=*.o --exclude=$unset a /c/", "context:a to /c/ without *.o"),
            ("COPY <<a <<\"b\" c /d/\nx$v\na\ny$v\nb", "a=\"x1\\n\" b=\"y$v\\n\" context:c to /d/"),
            ("COPY <<-a /d\n\tx\n\ta", "a=\"x\\n\" to /d"),
            ("ADD a /b", "context:a to /b unpacked if local"), ("ADD --unpack=false a /b", "context:a to /b"),
            ("ADD --unpack http://h/a.tgz /b", "http://h/a.tgz to /b unpacked"),
            ("ADD --checksum=sha256:1 http://h/a /b", "http://h/a to /b unpacked if local being sha256:1"),
        ] as [(String, String)])
    func copies(_ instruction: String, _ expected: String) async throws {
        let plan = try await plan("FROM alpine\nENV v=1\nWORKDIR /w\n\(instruction)")
        #expect(plan.steps.last?.work.rendering == "copy \(expected)")
    }

    @Test("copy into the root where nothing says where")
    func unset() async throws {
        let plan = try await plan("FROM scratch\nCOPY . .")
        #expect(plan.rendering == "0: copy context:. to /\namd64=0")
    }
}
