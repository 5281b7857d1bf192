import Archive
import Foundation
import OCI
import Snapshots
import TestKit
import Testing

@Suite("A layer's archive, unpacked")
struct LayerUnpackingTests {
    private static func unpack(_ bytes: [UInt8], in scene: LayerScene, over lower: [String] = []) throws -> LayerContent
    {
        try FileManager.default.createDirectory(atPath: scene.path("fs"), withIntermediateDirectories: false)
        try LayerUnpacking.unpack(source(of: bytes), to: scene.path("fs"), expecting: Digest(of: bytes), over: lower)
        return try LayerContent(upper: scene.path("fs"))
    }

    @Test("is what GNU tar makes of it", arguments: ["", "-z", "--zstd", "-J"])
    func reference(compression: String) async throws {
        try await LayerScene.with { scene in
            try await scene.shell(
                in: "tree",
                """
                mkdir -p a/b; echo 1 > a/b/file; chown 12345:54321 a/b/file; chmod 6711 a/b/file; ln a/b/file a/hard
                ln -s ../.. a/up; mkfifo -m 600 pipe; mknod null c 1 3; mkdir -m 1777 tmp; truncate -s 5000000 sparse
                echo x | dd of=sparse bs=1 seek=2000000 conv=notrunc status=none; setcap cap_net_raw+ep a/b/file
                touch -hd '2001-02-03 04:05:06.789' a/b/file a/up pipe sparse null a/b a tmp
                """)
            try await scene.shell(
                "tar -C tree --xattrs --xattrs-include='*' --sparse --format=posix -cf plain.tar .; cp plain.tar layer")
            if !compression.isEmpty {
                try await scene.shell(
                    "tar -C tree --xattrs --xattrs-include='*' -S \(compression) -H posix -cf layer .")
            }
            try await scene.shell(in: "fs", "")
            try await scene.shell(in: "expected", "tar --xattrs --xattrs-include='*' -xpf ../plain.tar")
            let diffID = Digest(of: try scene.folder.bytes("plain.tar"))
            if compression.isEmpty {
                try LayerUnpacking.unpack(
                    source(of: try scene.folder.bytes("layer")), to: scene.path("fs"), expecting: diffID)
                #expect(try await scene.listing(scene.path("fs")) == scene.listing(scene.path("expected")))
                #expect(
                    try LayerContent(upper: scene.path("fs")).lines == LayerContent(upper: scene.path("expected")).lines
                )
                #expect(
                    try await scene.shell("cmp fs/sparse expected/sparse; getcap fs/a/b/file").contains("cap_net_raw"))
            } else {
                let bytes = try scene.folder.bytes("layer")
                let content = try await scene.shell(
                    "case '\(compression)' in -z) gzip -dc;; --zstd) zstd -dc;; *) xz -dc;; esac < layer > opened; wc -c < opened"
                )
                #expect(Int(content) ?? 0 > 10_000)
                let opened = Digest(of: try scene.folder.bytes("opened"))
                try LayerUnpacking.unpack(source(of: bytes), to: scene.path("fs"), expecting: opened)
                #expect(try await scene.listing(scene.path("fs")) == scene.listing(scene.path("expected")))
            }
        }
    }

    private static let cases: [(String, [TarEntry], [String])] = {
        func make(_ name: String, _ entries: [TarEntry?], _ lines: [String]) -> (String, [TarEntry], [String]) {
            (name, entries.compactMap { $0 }, lines)
        }
        func file(_ path: String) -> TarEntry? { try? tarEntry(path) }
        func folder(_ path: String) -> TarEntry? { try? tarEntry(path, .folder, mode: 0o700) }
        func link(_ path: String, _ target: String) -> TarEntry? {
            try? tarEntry(path, .symbolicLink(Array(target.utf8)), mode: 0o777)
        }
        func hard(_ path: String, _ target: String) -> TarEntry? { try? tarEntry(path, .hardLink(TarPath(target))) }
        return [
            make("a whiteout", [file(".wh.a")], ["a gone"]),
            make("a whiteout in a folder", [file("d/.wh.a")], ["d folder 755 0:0", "d/a gone"]),
            make("a whiteout after the file", [file("a"), file(".wh.a")], ["a file 1 644 0:0"]),
            make("a whiteout before the file", [file(".wh.a"), file("a")], ["a file 1 644 0:0"]),
            make("a whiteout and a folder", [file(".wh.a"), folder("a")], ["a opaque folder 700 0:0"]),
            make("a folder and a whiteout", [folder("a"), file(".wh.a")], ["a opaque folder 700 0:0"]),
            make(
                "a whiteout on the way", [file(".wh.a"), file("a/b")],
                ["a opaque folder 755 0:0", "a/b file 3 644 0:0"]),
            make(
                "an opaque folder", [folder("a"), file("a/.wh..wh..opq"), file("a/b")],
                ["a opaque folder 700 0:0", "a/b file 3 644 0:0"]),
            make(
                "an opaque folder, said last", [file("a/b"), file("a/.wh..wh..opq")],
                ["a opaque folder 755 0:0", "a/b file 3 644 0:0"]),
            make("what aufs notes down", [file(".wh..wh.plnk"), file(".wh..wh.aufs")], []),
            make(
                "a folder after what is in it", [file("a/b"), folder("a")], ["a folder 700 0:0", "a/b file 3 644 0:0"]),
            make("a link in the place of a file", [file("a"), link("a", "b")], ["a -> b 777 0:0"]),
            make("a file in the place of a folder", [file("a/b"), file("a")], ["a file 1 644 0:0"]),
            make(
                "a folder in the place of a file", [file("a"), folder("a"), file("a/b")],
                ["a folder 700 0:0", "a/b file 3 644 0:0"]),
            make("a hard link", [file("b"), hard("a", "b")], ["a file 1 644 0:0", "b = a"]),
            make("a hard link to a link", [link("b", "c"), hard("a", "b")], ["a -> c 777 0:0", "b -> c 777 0:0"]),
            make(
                "a link on the way", [folder("d"), link("l", "/d"), file("l/x")],
                ["d folder 700 0:0", "d/x file 3 644 0:0", "l -> /d 777 0:0"]),
            make(
                "a link that climbs", [folder("d"), link("d/l", "../../../../d"), file("d/l/x")],
                ["d folder 700 0:0", "d/l -> ../../../../d 777 0:0", "d/x file 5 644 0:0"]),
        ]
    }()

    @Test("has", arguments: cases.indices)
    func entries(number: Int) async throws {
        try await LayerScene.with { scene in
            let (name, entries, lines) = Self.cases[number]
            let content = try Self.unpack(archive(entries), in: scene)
            #expect(content.lines == lines, "\(name)")
        }
    }

    @Test("stays in its folder", arguments: ["/", "../outside", "/nowhere", "../../../../../.."])
    func escape(target: String) async throws {
        try await LayerScene.with { scene in
            try await scene.shell(in: "outside", "")
            let entries = [
                try tarEntry("link", .symbolicLink(Array(target.utf8)), mode: 0o777),
                try tarEntry("link/outside/made"), try tarEntry("link/made"),
            ]
            _ = try? Self.unpack(archive(entries), in: scene)
            #expect(scene.folder.names(in: "outside") == [])
            #expect(!FileManager.default.fileExists(atPath: "/made"))
            #expect(!FileManager.default.fileExists(atPath: "/outside"))
        }
    }

    @Test("has no hard link to a file outside")
    func hardLinkOutside() async throws {
        try await LayerScene.with { scene in
            try scene.folder.write("secret", text: "secret")
            let entries = [
                try tarEntry("up", .symbolicLink(Array("..".utf8)), mode: 0o777),
                try tarEntry("stolen", .hardLink(TarPath("up/secret"))),
            ]
            #expect(throws: ImageError.self) { try Self.unpack(archive(entries), in: scene) }
        }
    }

    @Test("copies a file of a lower layer that a hard link leads to")
    func hardLinkBelow() async throws {
        try await LayerScene.with { scene in
            try await scene.shell(in: "low", "printf old > file; chown 3:4 file; chmod 4711 file")
            let bytes = try archive([tarEntry("link", .hardLink(TarPath("file")))])
            #expect(try Self.unpack(bytes, in: scene, over: [scene.path("low")]).lines == ["link file 3 4711 3:4"])
            #expect(try scene.folder.text("fs/link") == "old")
        }
    }

    @Test("is refused when it is not what the image says")
    func verification() async throws {
        try await LayerScene.with { scene in
            let bytes = try archive([tarEntry("file")])
            try await scene.shell(in: "fs", "")
            let error = #expect(throws: ImageError.self) {
                try LayerUnpacking.unpack(source(of: bytes), to: scene.path("fs"), expecting: Digest(of: [1]))
            }
            #expect(error?.code == .verification)
            #expect(error?.reason.contains("\(Digest(of: bytes))") == true)
            for damaged in [Array(bytes.prefix(700)), [UInt8](repeating: 7, count: 2000)] {
                let error = #expect(throws: ImageError.self) {
                    try LayerUnpacking.unpack(source(of: damaged), to: scene.path("fs"), expecting: Digest(of: damaged))
                }
                #expect(error?.code == .verification)
            }
        }
    }

    @Test func `stops before it fills the device`() async throws {
        try await LayerScene.with { scene in
            try await scene.shell(in: "tree", "truncate -s 300k hole; head -c 300k /dev/zero > zeros")
            try await scene.shell("tar -C tree -S -cf plain.tar .; zstd -q plain.tar -o layer")
            let plain = Array(try Data(contentsOf: URL(filePath: scene.path("plain.tar"))))
            let layer = Array(try Data(contentsOf: URL(filePath: scene.path("layer"))))
            #expect(layer.count < 2000, "it is small, but not what comes of it")
            try FileManager.default.createDirectory(atPath: scene.path("fs"), withIntermediateDirectories: false)
            func unpack(leaving reserve: Int64) throws {
                try LayerUnpacking.unpack(
                    source(of: layer), to: scene.path("fs"), expecting: Digest(of: plain),
                    watching: SpaceWatch(scene.path("fs"), attempt: "cannot unpack it", reserve: reserve, interval: 100)
                )
            }
            let error = #expect(throws: ImageError.self) { try unpack(leaving: .max) }
            #expect(error?.description.hasPrefix("cannot unpack it: no space is left on the device of ") == true)
            #expect(error?.description.contains("unless the archive is meant to fill it") == true)
            try unpack(leaving: 1)
        }
    }
}
