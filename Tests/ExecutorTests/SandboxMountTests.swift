import Executor
import Foundation
import Glibc
import OCI
import Processes
import TestKit
import Testing

@Suite("What a step sees", .enabled(if: Busybox.isAvailable))
struct SandboxMountTests {
    @Test("is mounted for it, and is no part of what it leaves")
    func mounts() async throws {
        try await SandboxScene.with { scene in
            try scene.folder.write("context/src/main.c", text: "int main;")
            try scene.folder.write("cache/before", text: "kept")
            let text = try await scene.output(
                """
                cat /work/src/main.c /var/cache/tool/before; echo after > /var/cache/tool/after
                touch /work/new || echo read-only
                cat /run/secrets/token; stat -c '%a %u:%g' /run/secrets/token
                df -k /scratch | grep -c ' 1024 '; df -k /dev/shm | grep -c ' 2048 '; touch /scratch/x
                touch /made
                """
            ) {
                let context = Mountable.folder(scene.folder.file("context"))
                let secret = SandboxMount.Source.secret(Array("s3cret\n".utf8), permissions: 0o440, user: 5, group: 6)
                $0.mounts = [
                    SandboxMount(target: "/work", source: .bind(context, path: "/", isReadOnly: true)),
                    .cache(target: "/var/cache/tool", folder: scene.folder.file("cache")),
                    SandboxMount(target: "/run/secrets/token", source: secret),
                    SandboxMount(target: "/scratch", source: .memory(size: 1 << 20)),
                ]
                $0.sharedMemorySize = 2 << 20
            }
            #expect(text == "int main;keptread-only\ns3cret\n440 5:6\n1\n1")
            #expect(scene.changes() == ["made"])
            #expect(try scene.folder.text("cache/after") == "after\n")
        }
    }

    @Test("may be one file, or a part of other layers, and a link in it does not lead out of it")
    func parts() async throws {
        try await SandboxScene.with { scene in
            try scene.folder.write("low/data/file", text: "low")
            try scene.folder.write("high/data/other", text: "high")
            symlink("/data", scene.folder.file("high/link"))
            symlink("/../../../etc", scene.folder.file("high/escape"))
            let stage = Mountable.layers([scene.folder.file("low"), scene.folder.file("high")])
            let text = try await scene.output("cat /one /all/other; ls /all") {
                $0.mounts = [
                    SandboxMount(target: "/one", source: .bind(stage, path: "data/file", isReadOnly: true)),
                    SandboxMount(target: "/all", source: .bind(stage, path: "/link", isReadOnly: true)),
                ]
            }
            #expect(text == "lowhighfile\nother")
            #expect(scene.changes() == [])
            let error = await #expect(throws: ImageError.self) {
                try await scene.run("true") {
                    let outside = SandboxMount.Source.bind(stage, path: "/escape/passwd", isReadOnly: true)
                    $0.mounts = [SandboxMount(target: "/x", source: outside)]
                }
            }
            #expect(error?.reason.contains("it does not exist") == true)
        }
    }

    @Test("can be written without anything of it being kept")
    func throwAway() async throws {
        try await SandboxScene.with { scene in
            try scene.folder.write("context/file", text: "old")
            for name in ["bind-upper", "bind-work"] { mkdir(scene.folder.file(name), 0o755) }
            let tree = Mountable.overlay(
                layers: [scene.folder.file("context")], upper: scene.folder.file("bind-upper"),
                work: scene.folder.file("bind-work"))
            let text = try await scene.output("echo new > /src/file; cat /src/file") {
                $0.mounts = [SandboxMount(target: "/src", source: .bind(tree, path: "/", isReadOnly: false))]
            }
            #expect(text == "new")
            #expect(try scene.folder.text("context/file") == "old")
        }
    }

    @Test("comes one mount inside another, whatever their order")
    func nested() async throws {
        try await SandboxScene.with { scene in
            let text = try await scene.output("ls -A /outer; cat /outer/inner/secret") {
                $0.mounts = [
                    SandboxMount(
                        target: "/outer/inner/secret",
                        source: .secret(Array("x".utf8), permissions: 0o400, user: 0, group: 0)),
                    SandboxMount(target: "/outer/inner", source: .memory(size: nil)),
                    SandboxMount(target: "/outer", source: .memory(size: nil)),
                ]
            }
            #expect(text == "inner\nx")
            #expect(scene.changes() == [])
        }
    }

    @Test("leaves folders that mounts were in when it has put something there, and their times alone otherwise")
    func traces() async throws {
        try await SandboxScene.with { scene in
            _ = try await scene.output("touch /run/secrets/mine") {
                let secret = SandboxMount.Source.secret([1], permissions: 0o400, user: 0, group: 0)
                $0.mounts = [SandboxMount(target: "/run/secrets/token", source: secret)]
            }
            #expect(scene.changes() == ["run", "run/secrets", "run/secrets/mine"])
        }
    }

    @Test("hides mount points where a layer has removed what was there")
    func whiteouts() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("low/etc/hosts", text: "theirs")
            try folder.write("high/etc/kept", text: "")
            mknod(folder.file("high/etc/hosts"), S_IFCHR, 0)
            let layers = [Busybox.layer(), folder.file("low"), folder.file("high")]
            try await SandboxScene.with(layers: layers) { scene in
                let text = try await scene.output("grep -c localhost /etc/hosts; ls /etc")
                #expect(text == "2\ngroup\nhosts\nkept\npasswd\nresolv.conf")
                #expect(scene.changes() == [])
                #expect(scene.leftovers() == [])
            }
        }
    }

    @Test("can be a plain folder, from which all mount points are removed, and whose times are put back")
    func plainFolder() async throws {
        try await SandboxScene.with { scene in
            let root = scene.folder.file("root")
            _ = try await Tool("cp").output("-a", Busybox.layer(), root)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1000)], ofItemAtPath: root)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1000)], ofItemAtPath: root + "/etc")
            let all = try FileManager.default.subpathsOfDirectory(atPath: root).sorted()
            #expect(
                try await scene.output("cat /run/x/y; ls -d /proc /etc/hosts") {
                    $0.root = .folder(root)
                    let secret = SandboxMount.Source.secret(Array("s\n".utf8), permissions: 0o400, user: 0, group: 0)
                    $0.mounts = [SandboxMount(target: "/run/x/y", source: secret)]
                } == "s\n/etc/hosts\n/proc")
            #expect(try FileManager.default.subpathsOfDirectory(atPath: root).sorted() == all)
            var status = stat()
            for name in ["", "/etc"] {
                stat(root + name, &status)
                #expect(status.st_mtim.tv_sec == 1000, "\(name)")
            }
        }
    }

    @Test("keeps what it removes as whiteouts, of three hundred layers and with any character in their names")
    func manyLayers() async throws {
        try await TemporaryFolder.with { folder in
            var layers = [Busybox.layer()]
            for number in 0..<300 {
                let name = "layer,with:strange\\characters=\(number)-" + String(repeating: "x", count: 60)
                try folder.write("\(name)/files/\(number)", text: "")
                layers.append(folder.file(name))
            }
            try await SandboxScene.with(layers: layers) { scene in
                let count = try await scene.output("ls /files | wc -l; rm /files/7; rm -r /home")
                #expect(count == "300")
                #expect(scene.changes() == ["files", "files/7", "home"])
                var status = stat()
                stat(scene.upper + "/files/7", &status)
                #expect(status.st_mode & S_IFMT == S_IFCHR)
                #expect(status.st_rdev == 0)
            }
        }
    }

    @Test("follows the image's own links to its mount points, inside the image")
    func links() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("layer/etc/x", text: "")
            symlink("../../run/systemd/resolve/stub-resolv.conf", folder.file("layer/etc/resolv.conf"))
            try await SandboxScene.with(layers: [Busybox.layer(), folder.file("layer")]) { scene in
                let host = try String(contentsOfFile: "/etc/resolv.conf", encoding: .utf8)
                #expect(
                    try await scene.output("cat /etc/resolv.conf").contains("nameserver") == host.contains("nameserver")
                )
                #expect(scene.changes() == [])
            }
        }
    }

    @Test("cannot do without overlayfs unknowingly")
    func support() async throws {
        try await SandboxScene.with { scene in
            #expect(try await OverlaySupport.find(in: scene.folder.path, at: scene.location) == .available)
            #expect(scene.folder.names().filter { $0.hasPrefix(".overlay") } == [])
            // overlayfs does not write to itself.
            let paths = ["low", "high", "spare", "merged"].map(scene.folder.file)
            for path in paths { mkdir(path, 0o755) }
            let options = "lowerdir=\(paths[0]),upperdir=\(paths[1]),workdir=\(paths[2])"
            _ = try await Tool("mount").output("-t", "overlay", "-o", options, "none", paths[3])
            let support = try await OverlaySupport.find(in: paths[3], at: scene.location)
            _ = try await Tool("umount").output(paths[3])
            #expect(support != .available)
        }
    }
}
