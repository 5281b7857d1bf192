import Glibc
import TestKit
import Testing

@Suite("A build of a user who lacks ids or namespaces", .enabled(if: Machine.canBuild), .timeLimit(.minutes(3)))
struct PoorUserTests {
    private static let plain = """
        FROM busybox
        RUN mkdir /d && touch /d/a /d/b && id -u > /d/c
        RUN rm -r /d && mkdir /d && touch /d/new
        """

    @Test(arguments: [["SUBORDINATE_IDS": "none"], ["MISSING": "newuidmap newgidmap"]])
    func `with one id gives the same bytes as root's where the image has no more`(lack: [String: String]) async throws {
        try await UserScene.with { scene in
            try scene.context(Self.plain)
            for builder in [UserScene.Builder.root, .user.with(lack)] {
                try await scene.succeeds("-o", "type=oci,dest=\(scene.file("image.tar", of: builder))", as: builder)
            }
            #expect(try scene.folder.bytes("root/image.tar") == scene.folder.bytes("user/image.tar"))
        }
    }

    private static let noRange =
        "this user has no ids but its own here: /etc/subuid has none for ordinary; have root run usermod "
        + "--add-subuids 100000-165535 --add-subgids 100000-165535 ordinary"
    private static let noProgram =
        "this user has no ids but its own here: there is no newuidmap; apt-get install uidmap"

    @Test func `with one id says at the first file of another what to install or to ask for`() async throws {
        try await UserScene.with { scene in
            try await scene.makeSpecialBase()
            try scene.context("FROM special\nRUN true\n")
            #expect(
                try await scene.problem(as: .userWithOneID) == "cannot give nodes/disk to 7:8: \(Self.noRange)")
            #expect(
                try await scene.problem(as: .user.with(["MISSING": "newuidmap"]))
                    == "cannot give nodes/disk to 7:8: \(Self.noProgram)")
        }
    }

    @Test func `with one id says so of users, caches and secrets of others`() async throws {
        try await UserScene.with { scene in
            let cases = [
                "USER 1000:1001\nRUN id": "cannot run as the user 1000:1001",
                "RUN --mount=type=cache,target=/c,uid=5 id": "cannot give the cache /c to 5:0",
                "RUN --mount=type=secret,id=s,gid=6 id": "cannot give a secret to 0:6",
            ]
            for (lines, attempt) in cases {
                try scene.context("FROM busybox\n\(lines)\n")
                let problem = try await scene.problem(
                    "--secret", "id=s,src=\(scene.folder.file("context/file"))", as: .userWithOneID)
                #expect(problem == "\(attempt): \(Self.noRange)")
            }
        }
    }

    @Test func `does not take what steps came to with one id for what they come to with all`() async throws {
        try await UserScene.with { scene in
            try scene.context("FROM busybox\nRUN echo > /x; chown 5 /x || true\n")
            try await scene.succeeds("-o", "type=cacheonly", as: .userWithOneID)
            for builder in [UserScene.Builder.root, .user] {
                try await scene.succeeds("-o", "type=oci,dest=\(scene.file("image.tar", of: builder))", as: builder)
            }
            #expect(try scene.folder.bytes("root/image.tar") == scene.folder.bytes("user/image.tar"))
            // Nor the other way round: files of ids that are no longer the user's are nobody's.
            #expect(
                try await scene.problem(as: .userWithOneID)
                    == "cannot use the build cache \(scene.file("cache", of: .user)): \(Self.noRange), or choose another "
                    + "folder with IMGTOOL_CACHE")
        }
    }

    @Test func `without user namespaces copies files, and says at the first program what is missing`() async throws {
        try await UserScene.with { scene in
            try scene.context("FROM scratch\nCOPY file /\n")
            let user = UserScene.Builder(
                name: "user", runner: [OrdinaryUser.runner] + Machine.withoutUserNamespaces)
            for builder in [UserScene.Builder.root, user] {
                try await scene.succeeds("-o", "type=oci,dest=\(scene.file("image.tar", of: builder))", as: builder)
            }
            #expect(try scene.folder.bytes("root/image.tar") == scene.folder.bytes("user/image.tar"))
            try scene.context("FROM busybox\nRUN true\n")
            #expect(
                try await scene.problem(as: user)
                    == "cannot run programs: the kernel gives this user no user namespace: Operation not permitted; "
                    + Self.inContainer)
        }
    }

    @Test func `as root of a container without user namespaces says what that needs`() async throws {
        try await UserScene.with { scene in
            try scene.context("FROM busybox\nRUN true\n")
            let container = UserScene.Builder(
                name: "root",
                runner: ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-all"]
                    + Machine.withoutUserNamespaces)
            #expect(
                try await scene.problem(as: container)
                    == "cannot run programs: the kernel gives root, who has no CAP_SYS_ADMIN, no user namespace: "
                    + "Operation not permitted; \(Self.inContainer)")
        }
    }

    private static let inContainer =
        "in a container, allow them with --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
        + "--security-opt systempaths=unconfined, or use --privileged"

    @Test func `as root without CAP_SYS_ADMIN runs in a user namespace of its own`() async throws {
        try await UserScene.with { scene in
            try scene.context(Self.plain)
            for (builder, name) in [
                (UserScene.Builder.root, "one.tar"),
                (
                    UserScene.Builder(
                        name: "user", runner: ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-all"]), "two.tar"
                ),
            ] {
                chown(scene.folder.file("user"), 0, 0)
                try await scene.succeeds("-o", "type=oci,dest=\(scene.folder.file(name))", as: builder)
            }
            #expect(try scene.folder.bytes("one.tar") == scene.folder.bytes("two.tar"))
        }
    }
}
