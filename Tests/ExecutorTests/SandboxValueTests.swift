import Glibc
import JSON
import OCI
import TestKit
import Testing

@testable import Executor

@Suite("The parts of a sandbox")
struct SandboxValueTests {
    @Test("A user is found as Docker finds it")
    func users() throws {
        let passwd =
            "# comment\nroot:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:\n42:x:7:8::/named:\nbroken:x\n"
            + "six:x:1002:1003:Six:/home/six\nfour:x:1004:1005\nthree:x:1006\n  wide:x:1007:1008:::\r\n"
        let groups = "root:x:0:\nvideo:x:44:app,other\naudio:x:29:app\n"
        let cases: [(String, UInt32, UInt32, [UInt32], String?)] = [
            ("", 0, 0, [0], "/root"), ("root", 0, 0, [0], "/root"), ("0:0", 0, 0, [0], "/root"),
            ("app", 1000, 1001, [1001, 44, 29], "/home/app"), ("1000", 1000, 1001, [1001, 44, 29], "/home/app"),
            ("app:audio", 1000, 29, [29], "/home/app"), ("app:99", 1000, 99, [99], "/home/app"),
            ("5000", 5000, 0, [0], nil), ("six", 1002, 1003, [1003], "/home/six"),
            ("1002", 1002, 1003, [1003], "/home/six"), ("four", 1004, 1005, [1005], nil), ("three", 1006, 0, [0], nil),
            ("wide", 1007, 1008, [1008], nil), ("42", 7, 8, [8], "/named"), (":video", 0, 44, [44], "/root"),
        ]
        for (text, id, group, all, home) in cases {
            let user = try ContainerUser(text, passwd: passwd, groups: groups)
            #expect(user.id == id && user.group == group && user.groups == all && user.home == home, "\(text): \(user)")
        }
        for text in ["nobody", "app:nogroup", "broken", "-1"] {
            #expect(throws: ImageError.self, "\(text)") {
                _ = try ContainerUser(text, passwd: passwd, groups: groups)
            }
        }
        let alone = try ContainerUser("0", passwd: "", groups: "")
        #expect(alone.id == 0 && alone.home == nil)
    }

    @Test("Name servers that only this machine reaches are left out, as long as there is another")
    func nameServers() {
        let local = "nameserver 127.0.0.53\noptions edns0\nsearch home\n"
        let upstream = "# made by a program\nnameserver 192.0.2.1\nnameserver ::1\nsearch home\n"
        let cases: [(String?, String?, Bool, String)] = [
            ("nameserver 192.0.2.1\nnameserver 127.0.0.1\n", nil, true, "nameserver 192.0.2.1\n"),
            (local, upstream, true, "# made by a program\nnameserver 192.0.2.1\nsearch home\n"),
            (local, nil, true, local), (local, nil, false, "options edns0\nsearch home\n"), (nil, nil, true, ""),
        ]
        for (host, upstream, shares, expected) in cases {
            let text = NetworkFiles.resolverConfiguration(host: host, upstream: upstream, sharesLoopback: shares)
            #expect(text == expected)
        }
        let asking = NetworkFiles.resolverConfiguration(
            host: local, upstream: nil, sharesLoopback: true, forwarder: "10.0.2.3")
        #expect(asking == "options edns0\nsearch home\nnameserver 10.0.2.3\n")
    }

    @Test("A step survives the way to its process")
    func encoding() {
        var spec = SandboxSpec(
            root: .overlay(layers: ["/a", "/b"], upper: "/u", work: "/w"), arguments: ["sh", "-c", "echo \"ü\n\""])
        spec.environment = ["A=b=c"]
        spec.extraHosts = [.init(name: "a", address: "::1")]
        spec.network = .none
        spec.security = .insecure
        spec.emulation = .ofStep(emulator: "/usr/bin/qemu-arm-static", .arm)
        spec.mounts = [
            SandboxMount(target: "/m", source: .bind(.layers(["/x"]), path: "y", isReadOnly: true)),
            .cache(target: "/c", folder: "/cache"),
            SandboxMount(target: "/t", source: .memory(size: nil)),
            SandboxMount(target: "/s", source: .secret([0, 255, 10], permissions: 0o400, user: 1, group: .max)),
        ]
        #expect(SandboxSpec(json: spec.json) == spec)
        #expect(SandboxSpec(json: ["root": ["folder": "/"]]) == nil)
    }

    @Test("An emulator is registered for the programs of one architecture")
    func registration() {
        let line = String(decoding: BinfmtRegistration.line("/usr/bin/qemu-aarch64-static", .arm64), as: UTF8.self)
        // As in the table that qemu's own registration script has.
        let magic = #"\x7f\x45\x4c\x46\x02\x01\x01"# + String(repeating: #"\x00"#, count: 9) + #"\x02\x00\xb7\x00"#
        let mask = String(repeating: #"\xff"#, count: 7) + String(repeating: #"\x00"#, count: 9) + #"\xfe\xff\xff\xff"#
        #expect(line == ":imgtool:M::\(magic):\(mask):/usr/bin/qemu-aarch64-static:PCF\n")
        let big = String(decoding: BinfmtRegistration.line("/q", .s390x), as: UTF8.self)
        #expect(big.contains(#"\x00\x02\x00\x16:"#) && big.contains(#"\xff\xfe\xff\xff:"#))
    }

    @Test("No path leads out of a root file system")
    func paths() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("root/etc/real", text: "inside")
            let root = try RootFolder(folder.file("root"))
            let links = [
                ("up", "../../../etc"), ("absolute", "/etc/real"), ("loop", "loop"), ("etc/chain", "../absolute"),
                ("dangling", "/none/../missing/file"),
            ]
            for (name, target) in links { symlink(target, folder.file("root/\(name)")) }
            let cases: [(String, String, Bool)] = [
                ("/", "/", true), ("/etc/./real", "/etc/real", true), ("up/real", "/etc/real", true),
                ("../../etc/chain", "/etc/real", true), ("/dangling", "/missing/file", false),
                ("/etc/new/../real", "/etc/real", true), ("/a/b", "/a/b", false),
            ]
            for (path, expected, exists) in cases {
                let place = try root.find(path)
                #expect(place.path == expected && place.exists == exists, "\(path): \(place)")
            }
            for path in ["/loop", "/etc/real/below"] {
                #expect(throws: (any Error).self, "\(path)") { _ = try root.find(path) }
            }
            let content = try root.read("/absolute")
            #expect(content == Array("inside".utf8))
        }
    }

    @Test("The capabilities and the filter are Docker's, as far as we have them ourselves")
    func bundle() throws {
        func capabilities(_ security: SandboxSpec.Security, own: UInt64) throws -> [JSONValue] {
            var spec = SandboxSpec(root: .folder("/r"), arguments: ["/x"])
            spec.security = security
            spec.network = .own
            let user = try ContainerUser("", passwd: "", groups: "")
            let bundle = RuntimeBundle(
                spec: spec, user: user, root: "/r", mounts: [], ownCapabilities: own, kernelFiles: ["uptime", "keys"]
            ).json
            #expect(bundle["linux"]?["readonlyPaths"]?.array == (security == .insecure ? nil : ["/proc/uptime"]))
            #expect((bundle["linux"]?["seccomp"] == nil) == (security == .insecure))
            return try #require(bundle["process"]?["capabilities"]?["bounding"]?.array)
        }
        #expect(try capabilities(.sandbox, own: .max).count == 14)
        #expect(try capabilities(.insecure, own: .max).count == 41)
        #expect(try capabilities(.sandbox, own: 0b10_0001) == ["CAP_CHOWN", "CAP_KILL"])
        #expect(Set(SeccompProfile.names).count == SeccompProfile.names.count)
        for name in ["mount", "bpf", "unshare", "setns", "keyctl", "io_uring_setup", "clone", "socket"] {
            #expect(!SeccompProfile.names.contains(name))
        }
    }
}
