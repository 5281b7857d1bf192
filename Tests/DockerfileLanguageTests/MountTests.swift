import DockerfileLanguage
import Testing

@Suite("A mount of RUN")
struct MountTests {
    private func mount(_ text: String) throws -> RunMount {
        guard case .run(let run) = try instruction("RUN --mount=\(text) x").content, run.mounts.count == 1 else {
            throw Missing()
        }
        return run.mounts[0]
    }

    private struct Missing: Error {}

    private func permissions(_ mode: UInt32, _ user: UInt32 = 0, _ group: UInt32 = 0, explicit: Bool = false)
        -> Mount.Permissions
    {
        Mount.Permissions(mode: mode, user: user, group: group, areExplicit: explicit)
    }

    @Test("has defaults of its type")
    func defaults() throws {
        let cache = Mount.Cache(
            id: "/root/.cache", sharing: .shared, isReadOnly: false, source: "", permissions: permissions(0o755))
        let secret = Mount.Secret(id: "a/b", variable: nil, isRequired: false, permissions: permissions(0o400))
        let fromTarget = Mount.Secret(id: "c", variable: nil, isRequired: false, permissions: permissions(0o400))
        let variable = Mount.Secret(id: "x", variable: "V", isRequired: false, permissions: permissions(0o400))
        let agent = Mount.SSH(id: "default", isRequired: false, permissions: permissions(0o600))
        let expected: [(String, Mount.Kind, String?)] = [
            ("target=.", .bind(source: "", isReadOnly: true), "."),
            ("type=cache,target=/root//.cache/", .cache(cache), "/root//.cache/"),
            ("type=tmpfs,target=/t", .tmpfs(size: 0, isReadOnly: false), "/t"),
            ("type=secret,id=a/b", .secret(secret), "/run/secrets/b"),
            ("type=secret,target=/a/c", .secret(fromTarget), "/a/c"),
            ("type=secret,id=x,env=V", .secret(variable), nil), ("type=ssh", .ssh(agent), nil),
        ]
        for (text, kind, target) in expected {
            let resolved = try mount(text).resolved(in: [:])
            #expect(resolved.kind == kind, "\(text)")
            #expect(resolved.target == target, "\(text)")
        }
    }

    @Test("has everything that can be said")
    func everything() throws {
        let cache = Mount.Cache(
            id: "i", sharing: .locked, isReadOnly: true, source: "/s",
            permissions: permissions(0o700, 1, 2, explicit: true))
        let written = "type=Cache,id=i,DST=/t,sharing=locked,ro,from=st,src=/s,mode=0700,uid=1,gid=2"
        #expect(try mount(written).resolved(in: [:]).kind == .cache(cache))
        #expect(try mount(written).from?.name == "st")
        let secret = Mount.Secret(
            id: "n", variable: "E", isRequired: true, permissions: permissions(0o444, 5, explicit: true))
        let resolved = try mount("type=secret,source=n,required,env=E,destination=/f,mode=444,uid=5").resolved(in: [:])
        #expect(resolved.kind == .secret(secret))
        #expect(resolved.target == "/f")
        #expect(
            try mount("target=/x,source=a,rw=true").resolved(in: [:]).kind == .bind(source: "a", isReadOnly: false))
        #expect(try mount("target=/x,readonly=false").resolved(in: [:]).kind == .bind(source: "", isReadOnly: false))
        #expect(
            try mount("type=tmpfs,target=/x,size=1.5MiB").resolved(in: [:]).kind
                == .tmpfs(size: 1_572_864, isReadOnly: false))
    }

    @Test("has variables in its values, which are known later")
    func variables() throws {
        let mount = try mount("type=$T,target=/c/$ARCH,id=go-${ARCH:-none},sharing=$S")
        let environment: Environment = ["T": "cache", "ARCH": "arm64", "S": "private"]
        guard case .cache(let cache) = try mount.resolved(in: environment).kind else {
            Issue.record("it is not a cache")
            return
        }
        #expect(cache.id == "go-arm64")
        #expect(cache.sharing == .private)
        #expect(throws: DockerfileError.self) { try mount.resolved(in: ["T": "cash", "S": "shared"]) }
    }

    @Test(
        "may have commas in quoted values",
        arguments: [
            (#"type=bind,\"source=a,\"\"b\"\"\",target=/x"#, "a,b"), (#"'"source=a,b",target=/x'"#, "a,b"),
            (#"'"type=bind","source=a ""b,c""","target=/x"'"#, "a b,c"),
        ])
    func quoted(_ text: String, _ source: String) throws {
        let mount = try mount(text)
        #expect(try mount.resolved(in: [:]).kind == .bind(source: source, isReadOnly: true))
        #expect(try mount.resolved(in: [:]).target == "/x")
    }

    @Test(
        "is refused with what would be right",
        arguments: [
            ("type=cach,target=/x", "13", "\"cach\" is not a valid type; did you mean cache?"),
            ("type=cache,tarjet=/x", "24", "a mount has no \"tarjet\"; did you mean target?"),
            ("type=cache,target", "24", "\"target\" of a mount has no value; write it as target=VALUE"),
            ("size=5,target=/x", "13", "a mount of type bind has no \"size\"; only one of type tmpfs has"),
            ("target=/x,sharing=locked", "23", "a mount of type bind has no \"sharing\"; only one of type cache has"),
            ("target=/x,uid=0", "23", "a mount of type bind has no \"uid\"; only one of type cache, secret, ssh has"),
            (
                "type=cache,target=/x,sharing=some", "34",
                "\"some\" is not a valid sharing; it is one of shared, private, locked"
            ),
            ("type=cache,target=/x,mode=9", "34", "\"9\" is not a valid mode; give octal digits as 0755"),
            ("target=/x,ro=maybe", "23", "\"maybe\" is not a valid ro; give true or false"),
            ("type=tmpfs,size=big", "24", "\"big\" is not a valid size; give a size as 64m"),
            ("type=secret", "5", "the secret has neither an id nor a target; write it as type=secret,id=NAME"),
            ("type=secret,id=a,src=b", "5", "a secret has either an id or a source; keep the id"),
            (
                "from=$x,target=/y", "18",
                "a mount's from cannot have variables; write FROM $x AS name above this stage and use from=name"
            ),
            (#"type=bind,\"target=/x"#, "24", "a quoted value is not closed; add the closing quote"),
            (
                #"type=bind,source=\"a,b\",target=/x"#, "31",
                #"there is a quote inside a value; put quotes around the whole field, as in "NAME=A,B""#
            ),
        ])
    func refused(_ text: String, _ column: String, _ message: String) throws {
        let file = "FROM x\nRUN --mount=\(text) y"
        let error = #expect(throws: DockerfileError.self) { try parse(file) }
        #expect(error?.description == "Dockerfile:2:\(column): \(message)")
    }
}
