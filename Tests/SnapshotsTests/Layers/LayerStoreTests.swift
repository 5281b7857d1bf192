import Archive
import Foundation
import OCI
import Snapshots
import TestKit
import Testing

@Suite("The store of layers")
struct LayerStoreTests {
    private static let id = Digest(of: Array("layer".utf8))

    private static func content(_ path: String = "file") throws -> LayerContent {
        LayerContent([.init(try TarPath(path), .file(.bytes([1, 2, 3])), mode: 0o644)])
    }

    @Test("keeps what is written, unpacked or taken over, under its name")
    func ways() async throws {
        try await LayerScene.with { scene in
            let ways: [(LayerStore) async throws -> String] = [
                { try $0.add(Self.content(), as: Self.id) },
                {
                    let upper = try $0.newFolder()
                    try await Tool("sh").output("-c", "printf '\\1\\2\\3' > \(upper)/file")
                    return try $0.adopt(upper: upper, as: Self.id)
                },
                { store in
                    let bytes = try archive([tarEntry("abc")])
                    return try store.unpack(source(of: bytes), as: Digest(of: bytes), expecting: Digest(of: bytes))
                },
            ]
            for (number, way) in ways.enumerated() {
                let store = try LayerStore(folder: scene.path("\(number)"))
                let path = try await way(store)
                let id = number == 2 ? Digest(of: try archive([tarEntry("abc")])) : Self.id
                #expect(path == scene.path("\(number)/layers/\(id.hex)/fs"))
                #expect(try store.folder(for: id) == path)
                #expect(try LayerContent(upper: path).entries.count == 1)
                #expect(try store.size(id) > 0)
                #expect(try await way(store) == path)
                #expect(try store.remove(id))
                #expect(try store.folder(for: id) == nil)
                #expect(try !store.remove(id))
                #expect(try store.size(id) == 0)
            }
        }
    }

    @Test("takes over a folder without what overlayfs has noted down in it")
    func traces() async throws {
        try await LayerScene.with { scene in
            let store = try LayerStore(folder: scene.path("state"))
            try await scene.shell(in: "low", "mkdir -p d full; touch d/a d/b full/x")
            let upper = try await scene.overlay(
                [scene.path("low")], "echo x >> d/a; rm d/b; rm -r full; mkdir full; touch full/y")
            let content = try LayerContent(upper: upper)
            let path = try store.adopt(upper: upper, as: Self.id)
            #expect(!FileManager.default.fileExists(atPath: upper))
            #expect(try LayerContent(upper: path).lines == content.lines)
            let attributes = try await Tool("python3").output(
                "-c",
                """
                import os,sys
                print(sorted({n for p,d,f in os.walk(sys.argv[1]) for x in [p]+[p+'/'+y for y in f+d]
                    for n in os.listxattr(x, follow_symlinks=False)}))
                """, path)
            #expect(attributes == "['trusted.overlay.opaque']")
        }
    }

    @Test("has a folder of its own where a layer leads through folders that differ below")
    func implied() async throws {
        try await LayerScene.with { scene in
            let store = try LayerStore(folder: scene.path("state"))
            try await scene.shell("mkdir -p plain/app special/app; chown 7:8 special/app; chmod 700 special/app")
            let (plain, special) = ([scene.path("plain")], [scene.path("special")])
            let content = try Self.content("app/file")
            let first = try store.add(content, as: Self.id, over: plain)
            #expect(try store.folder(for: Self.id) == first)
            #expect(try store.folder(for: Self.id, over: special) == nil)
            let second = try store.add(content, as: Self.id, over: special)
            #expect(try LayerContent(upper: second).entry("app")?.label == "folder 700 7:8")
            #expect(try LayerContent(upper: first).entry("app")?.label == "folder 755 0:0")
            #expect(try store.folder(for: Self.id, over: special) == second)
            #expect(try store.folder(for: Self.id, over: plain) == first)
            let seen = try await scene.overlay(special + [second], "stat -c '%a %u:%g' app; ls app")
            #expect(seen == "700 7:8\nfile")
            try store.remove(Self.id)
            #expect(scene.folder.names(in: "state/layers") == [])
        }
    }

    @Test("takes the same layer from several at once")
    func several() async throws {
        try await LayerScene.with { scene in
            let stores = try (0..<4).map { _ in try LayerStore(folder: scene.path("state")) }
            let paths = try await withThrowingTaskGroup(of: String.self) { group in
                for store in stores { group.addTask { try store.add(Self.content(), as: Self.id) } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(paths.count == 1)
            #expect(scene.folder.names(in: "state/layers") == [Self.id.hex])
        }
    }

    @Test("is cleaned up by the next who opens it, but for what others are making")
    func leftovers() async throws {
        try await LayerScene.with { scene in
            try await scene.shell(in: "state/tmp/123-killed", "mkdir -p a/b; touch a/b/c")
            let store = try LayerStore(folder: scene.path("state"))
            let making = try store.newFolder()
            _ = try LayerStore(folder: scene.path("state"))
            #expect(FileManager.default.fileExists(atPath: making))
            #expect(scene.folder.names(in: "state/tmp").count == 1)
        }
        try await LayerScene.with { scene in
            do { _ = try LayerStore(folder: scene.path("state")).newFolder() }
            #expect(scene.folder.names(in: "state/tmp") == [])
        }
    }

    @Test("has nothing of a layer that could not be made")
    func failure() async throws {
        try await LayerScene.with { scene in
            let store = try LayerStore(folder: scene.path("state"))
            let content = LayerContent([.init(try TarPath("x"), .file(.file("/nowhere", size: 1)), mode: 0o644)])
            #expect(throws: ImageError.self) { try store.add(content, as: Self.id) }
            let bytes = try archive([tarEntry("file")])
            #expect(throws: ImageError.self) { try store.unpack(source(of: bytes), as: Self.id, expecting: Self.id) }
            #expect(try store.folder(for: Self.id) == nil)
            #expect(scene.folder.names(in: "state/layers") == [])
        }
    }
}
