import Foundation
import Glibc
import JSON
import OCI
import TestKit
import Testing

/// Files that no Dockerfile can make by itself come as an archive, which ADD unpacks; what an image says, comes in a layout.
@Suite("A hostile image", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct HostileImageTests {
    /// Makes `files.tar` in the context out of what a script makes.
    private func archive(_ scene: CacheScene, _ script: String) async throws {
        let (files, context) = (scene.folder.file("files"), scene.folder.file("app"))
        try await Tool("bash").output(
            "-euc",
            "rm -rf \(files); mkdir -p \(files) \(context); cd \(files); \(script); tar --xattrs -cf \(context)/files.tar ."
        )
    }

    private static let withFiles = "FROM busybox AS b\nFROM scratch\nADD files.tar /\nCOPY --from=b /bin /bin\n"

    // MARK: Links in the place of what is mounted or written

    @Test(
        "makes nothing on this machine by a link in the place of a kernel's folder",
        arguments: ["/dev", "/proc", "/sys"], StepKind.available)
    func kernelFolders(_ folder: String, _ kind: StepKind) async throws {
        try await CacheScene.with { scene in
            let canary = try Canary(in: scene.folder, for: kind)
            let before = try await canary.state()
            for target in [canary.path, "../../../../../../..\(canary.path)", "bin/../../../../..\(canary.path)"] {
                try await archive(scene, "ln -s \(target) .\(folder)")
                let outcome = try await scene.attempt(on: kind, Self.withFiles + "RUN echo x > \(folder)/new\n")
                #expect(outcome.status == 1)
                #expect(outcome.error.contains("\(folder) is a symbolic link"), "\(outcome.error)")
                #expect(try await canary.state() == before)
            }
        }
    }

    private static let links = [
        "ln -s $HOST ./etc", "mkdir etc; ln -s $HOST/victim etc/resolv.conf; ln -s ../../../..$HOST/victim etc/hosts",
        "mkdir etc; ln -s $HOST/victim etc/passwd; ln -s $HOST/victim etc/group", "ln -s $HOST ./tmp",
        "ln -s $HOST ./w", "mkdir -p dev; ln -s $HOST dev/shm; ln -s $HOST dev/pts; ln -s $HOST/victim dev/null",
        "mkdir -p proc sys; ln -s $HOST proc/self; ln -s $HOST sys/firmware", "ln -s / ./w; ln -s $HOST ./root",
    ]

    @Test("reads and changes nothing of this machine by other links", arguments: links, StepKind.available)
    func otherLinks(_ script: String, _ kind: StepKind) async throws {
        try await CacheScene.with { scene in
            let canary = try Canary(in: scene.folder, for: kind)
            let before = try await canary.state()
            try await archive(scene, "HOST=\(canary.path); \(script)")
            let outcome = try await scene.attempt(
                on: kind,
                Self.withFiles + """
                    WORKDIR /w
                    RUN ! grep -r alive /etc /tmp /w/\(canary.path) 2>/dev/null
                    RUN echo x > /etc/victim; echo x > /tmp/victim; echo x > victim; echo x >> /etc/passwd; true
                    COPY files.tar /etc/victim
                    """)
            #expect(outcome.status == 0 || outcome.error.contains("cannot"), "\(outcome.error)")
            #expect(try await canary.state() == before)
        }
    }

    // MARK: Devices, attributes and depth

    @Test func `opens no disk and no memory by the nodes that it brings`() async throws {
        try await CacheScene.with { scene in
            let disk = try await Tool("sh").output(
                "-c", "stat -c '%Hd %Ld' $(awk '$2 == \"/\" {print $1}' /proc/mounts) 2>/dev/null || echo 8 0")
            let numbers = disk.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            try await archive(
                scene, "mknod -m 666 d b \(numbers); mknod -m 666 m c 1 1; mknod -m 666 k c 1 11; mknod -m 666 t c 4 0")
            let outcome = try await scene.attempt(
                Self.withFiles + """
                    RUN for f in /d /m /k /t; do [ -e $f ] && ! head -c 1 $f || exit 1; done
                    RUN mknod /n b \(numbers); mknod /dev/n b \(numbers); mknod /dev/shm/n b \(numbers); mknod /tmp/n c 1 1; \
                    for f in /n /dev/n /dev/shm/n /tmp/n; do ! head -c 1 $f || exit 1; done
                    """)
            #expect(outcome.status == 0, "\(outcome.error)")
        }
    }

    @Test(
        "leads nowhere by attributes of overlayfs and fuse-overlayfs", arguments: [StepKind.overlay, .ofOrdinaryUser],
        [false, true])
    func attributes(_ kind: StepKind, byFuse: Bool) async throws {
        try await CacheScene.with { scene in
            let canary = try Canary(in: scene.folder)
            let orders = ["trusted.overlay", "user.overlay", "user.fuseoverlayfs"].map { prefix in
                """
                setfattr -n \(prefix).redirect -v /bin d; setfattr -n \(prefix).opaque -v y bin
                setfattr -n \(prefix).metacopy m; setfattr -n \(prefix).redirect -v \(canary.path)/victim m
                setfattr -n \(prefix).whiteout -v y w; setfattr -n \(prefix).origin -v /bin d
                """
            }
            try await archive(
                scene,
                "mkdir -p d bin; touch m w; setfattr -n user.overlay.whiteouts -v y bin\n"
                    + orders.joined(separator: "\n"))
            // What is below the marked folder stays, and what is marked as gone, too.
            let outcome = try await scene.attempt(
                on: kind,
                Self.withFiles
                    + "RUN [ -z \"$(ls /d)\" ] && [ ! -s /m ] && ! grep alive /m && [ -e /w ] && [ -e /bin/sh ]\n",
                variables: byFuse ? ["IMGTOOL_SNAPSHOTS": "fuse-overlayfs"] : [:])
            #expect(outcome.status == 0, "\(outcome.error)")
        }
    }

    @Test func `may have more layers than overlayfs joins`() async throws {
        try await CacheScene.with { scene in
            try scene.folder.write("app/file", text: "x")
            let copies = (0..<501).map { "COPY file /d/\($0)\n" }.joined()
            let outcome = try await scene.attempt(
                "FROM busybox\n\(copies)RUN [ $(ls /d | wc -l) = 501 ] && rm /d/7\nRUN [ ! -e /d/7 ] && [ -e /d/8 ]\n")
            #expect(outcome.status == 0, "\(outcome.error.suffix(1000))")
        }
    }

    @Test func `has no folders that are deeper than anything can be read`() async throws {
        try await CacheScene.with { scene in
            // Thirty chains of 350 folders, each put at the end of the next.
            let outcome = try await scene.attempt(
                """
                FROM busybox
                RUN p=$(for i in $(seq 350); do printf ddddddddd/; done); mkdir /t && cd /t && mkdir x && \
                    for k in $(seq 30); do mkdir -p n/$p && mv x n/$p/x && mv n x || exit 1; done
                """)
            #expect(outcome.status == 1)
            #expect(outcome.error.contains("cannot take along a path of"), "\(outcome.error)")
            #expect(scene.folder.names(in: "cache/tmp") == [])
            let cached = try await scene.attempt(
                """
                FROM busybox
                RUN --mount=type=cache,target=/t p=$(for i in $(seq 350); do printf ddddddddd/; done); cd /t && mkdir x && \
                    for k in $(seq 30); do mkdir -p n/$p && mv x n/$p/x && mv n x || exit 1; done
                """)
            #expect(cached.status == 0, "\(cached.error)")
            try await scene.succeeds("build", "prune", "--all", "--force")
            #expect(scene.folder.names(in: "cache/mounts") == [])
        }
    }

    // MARK: What an image says

    private static let sayings: [(JSONObject.Member, String?)] = [
        (.init("User", "../../etc/passwd"), "cannot run as the user ../../etc/passwd"),
        (.init("User", "-1"), "cannot run as the user -1"), (.init("User", "4294967296"), "cannot run as the user"),
        (.init("User", "0:4294967296"), "cannot run as the group"), (.init("User", "0\n0"), "cannot run as the user"),
        (.init("WorkingDir", "../../../../../../../../../../.."), nil),
        (.init("WorkingDir", "/proc/self/fd/7"), "cannot"),
        (.init("WorkingDir", "/proc/1/root"), nil), (.init("WorkingDir", "/a\u{1B}[2J\nb"), nil),
        (.init("Env", ["A", "=B", "", "LD_PRELOAD=/x.so", "PATH=/bin", "A=\nB"]), nil),
        (.init("Env", ["BASH_ENV=/x", "IMGTOOL_CACHE=/x", "NOTIFY_SOCKET=/x", "LISTEN_FDS=9", "PATH=/bin"]), nil),
        (.init("Shell", []), nil), (.init("Shell", ["/proc/self/exe", "-c"]), "cannot"),
        (.init("Volumes", ["/../../..": [:]]), nil), (.init("Entrypoint", .array([.string("\0")])), nil),
        (.init("OnBuild", ["FROM x"]), "FROM cannot be an ONBUILD trigger"),
        (.init("OnBuild", ["RUN --security=insecure id"]), "--allow security.insecure"),
        (.init("OnBuild", ["RUN --network=host id"]), "--allow network.host"),
        (.init("OnBuild", ["COPY --from=oci:/images /x /"]), "files of this machine"),
        (.init("OnBuild", ["RUN --mount=from=docker-archive:/dev/zero,target=/m ls"]), "files of this machine"),
        (.init("OnBuild", ["RUN a\nRUN b"]), "must be one instruction"),
        (.init("OnBuild", .string("RUN id")), nil), (.init("Labels", [["a"]]), nil),
        (.init("Env", .string("A=B")), nil),
    ]

    @Test("says nothing in its configuration that gets it anything of this machine", arguments: sayings)
    func saying(_ saying: JSONObject.Member, _ refusal: String?) async throws {
        try await CacheScene.with { scene in
            let canary = try Canary(in: scene.folder)
            let before = try await canary.state()
            let base = try await BusyboxImage.layout()
            let path = String(base.prefix { $0 != ":" })
            let layout = TestLayout(reading: "image", in: scene.folder)
            try await Tool("cp").output("-r", path, layout.path)
            try await scene.rewrite(layout) { $0["config"] = .object(JSONObject([saying])) }
            let outcome = try await scene.attempt(
                "FROM evil\nRUN [ ! -e victim ] && [ ! -e /../victim ] && [ ! -e host ]\n",
                ["--build-context", "evil=oci-layout://\(layout.path):latest"])
            if let refusal {
                #expect(outcome.status != 0 && outcome.error.contains(refusal), "\(saying): \(outcome.error)")
            } else {
                #expect(outcome.status == 0 || outcome.error.contains("cannot"), "\(saying): \(outcome.error)")
            }
            #expect(!outcome.error.contains("\u{1B}"))
            #expect(try await canary.state() == before)
        }
    }
}

extension CacheScene {
    /// Gives the one image of a layout another configuration.
    fileprivate func rewrite(_ layout: TestLayout, _ change: (inout JSONObject) -> Void) async throws {
        func write(_ value: JSONObject, like old: Descriptor) throws -> Descriptor {
            let bytes = JSONValue.object(value).bytes(.compact)
            let digest = Digest(of: bytes)
            try folder.write("image/blobs/sha256/\(digest.hex)", bytes)
            return Descriptor(
                mediaType: old.mediaType, digest: digest, size: Int64(bytes.count), annotations: old.annotations)
        }
        func object(_ digest: Digest) throws -> JSONObject {
            try #require(JSONValue(parsing: layout.blob(digest) ?? []).object)
        }
        let entry = try #require(layout.entries().first)
        var manifest = try object(entry.digest)
        let old = try ImageManifest(json: .object(manifest)).config
        var config = try object(old.digest)
        change(&config)
        manifest["config"] = try write(config, like: old).json
        let index = Index(mediaType: MediaType.ociIndex, manifests: [try write(manifest, like: entry)])
        try folder.write("image/index.json", index.json.bytes())
    }
}
