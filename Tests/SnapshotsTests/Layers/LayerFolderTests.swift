import Archive
import Foundation
import OCI
import Snapshots
import TestKit
import Testing

@Suite("The folder of a layer")
struct LayerFolderTests {
    /// What a step does over a folder with `kept/file`, `gone/file`, `full/one`, `linked`, and what its layer is then.
    @Test(
        "says what a step has changed",
        arguments: [
            ("true", []),
            ("echo a > new; chown 5:6 new; chmod 4755 new", ["new file 2 4755 5:6"]),
            ("echo ab > kept/file", ["kept folder 700 0:0", "kept/file file 3 640 7:8"]),
            ("rm -r gone full/one", ["full folder 755 0:0", "full/one gone", "gone gone"]),
            ("rm -r full; mkdir full; touch full/two", ["full opaque folder 755 0:0", "full/two file 0 644 0:0"]),
            ("rm -r full; ln -s kept full", ["full -> kept 777 0:0"]),
            (
                "mknod null c 1 3; mknod disk b 8 0; mkfifo pipe",
                ["disk block 8:0 644 0:0", "null character 1:3 644 0:0", "pipe fifo 644 0:0"]
            ),
            (
                "touch b; ln b a; mkdir a-b c; ln b c/d",
                ["a file 0 644 0:0", "a-b folder 755 0:0", "b = a", "c folder 755 0:0", "c/d = a"]
            ),
            (
                "mkdir a a-b; touch a/x a-b/x",
                ["a folder 755 0:0", "a-b folder 755 0:0", "a-b/x file 0 644 0:0", "a/x file 0 644 0:0"]
            ),
            (
                "touch ping; setcap cap_net_raw+ep ping; python3 -c 'import os; os.setxattr(\"ping\", \"user.x\", b\"y\")'",
                ["ping file 0 644 0:0 security.capability,user.x"]
            ),
            ("python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"s\")'", []),
            ("chmod 711 kept", ["kept folder 711 0:0"]),
            ("chown -h 3:4 linked", ["linked -> kept/file 777 3:4"]),
        ] as [(String, [String])])
    func changes(script: String, lines: [String]) async throws {
        try await LayerScene.with { scene in
            try await scene.shell(
                in: "low",
                """
                mkdir -m 700 kept; mkdir gone full; echo x > kept/file; chmod 640 kept/file; chown 7:8 kept/file
                touch gone/file full/one; ln -s kept/file linked
                """)
            let upper = try await scene.overlay([scene.path("low")], script)
            #expect(try LayerContent(upper: upper).lines == lines)
        }
    }

    private static let step = """
        echo a > new; chown 5:6 new; chmod 6755 new; mkdir -p d/e; ln new d/e/other; ln -s /nowhere d/link; rm -r gone
        rm -r full; mkdir -m 1777 full; echo 2 > full/two; mknod null c 1 3; mkfifo pipe; setcap cap_chown+ep d/e/other
        head -c 3000000 /dev/urandom > large; touch -hd @1000000000.123456789 new d/link large d d/e full pipe null
        """

    @Test("can be written again, with everything that overlayfs needs")
    func again() async throws {
        try await LayerScene.with { scene in
            try await scene.shell(in: "low", "mkdir gone full; touch gone/file full/one")
            let upper = try await scene.overlay([scene.path("low")], Self.step)
            let content = try LayerContent(upper: upper)
            try await scene.shell(in: "copy", "")
            try content.write(to: scene.path("copy"))
            let copy = try LayerContent(upper: scene.path("copy"))
            #expect(copy.lines == content.lines)
            #expect(try copy.digest(with: scene.digests()) == content.digest(with: scene.digests()))
            let (copied, original) = (try await scene.listing(scene.path("copy")), try await scene.listing(upper))
            // overlayfs makes all its whiteouts names of one device.
            #expect(copied.filter { !$0.hasPrefix("gone ") } == original.filter { !$0.hasPrefix("gone ") })
            let seen = try await scene.overlay([scene.path("low"), scene.path("copy")], upper: "next", "find . | sort")
            #expect(!seen.lines.contains { ["./gone", "./full/one"].contains($0) })
            #expect(seen.lines.contains("./full/two"))
        }
    }

    @Test("gives the folders that lead to what has changed what they are below")
    func implied() async throws {
        try await LayerScene.with { scene in
            try await scene.shell(
                in: "low", "mkdir -p app/data; chown 7:8 app; chmod 750 app; touch -d @1000000000 app")
            let content = LayerContent([.init(try TarPath("app/data/new/file"), .file(.bytes([1])), mode: 0o644)])
            for name in ["over", "alone"] { try await scene.shell(in: name, "") }
            try content.write(to: scene.path("over"), over: [scene.path("low")])
            try content.write(to: scene.path("alone"))
            let lines = ["app folder 750 7:8", "app/data folder 755 0:0", "app/data/new folder 755 0:0"]
            #expect(try LayerContent(upper: scene.path("over")).lines.dropLast() == lines[...])
            #expect(try LayerContent(upper: scene.path("over")).entry("app")?.modified == 1_000_000_000)
            #expect(try LayerContent(upper: scene.path("alone")).entry("app")?.label == "folder 755 0:0")
        }
    }

    @Test("does not take a file that has changed its size")
    func changed() async throws {
        try await LayerScene.with { scene in
            let file = try scene.folder.write("source", text: "abc")
            let content = LayerContent([.init(try TarPath("x"), .file(.file(file, size: 4)), mode: 0o644)])
            try await scene.shell(in: "target", "")
            #expect(throws: ImageError.self) { try content.write(to: scene.path("target")) }
        }
    }

    @Test("keeps names that are not text")
    func names() async throws {
        try await LayerScene.with { scene in
            try await scene.shell(in: "upper", "printf abc > \"$(printf 'f\\351')\"; mkdir \"$(printf '\\377')\"")
            let content = try LayerContent(upper: scene.path("upper"))
            #expect(content.entries.map(\.path.bytes) == [[0x66, 0xE9], [0xFF]])
            try await scene.shell(in: "copy", "")
            try content.write(to: scene.path("copy"))
            #expect(try await scene.shell("cmp upper/f* copy/f*").isEmpty)
        }
    }
}
