import FileSystem
import Glibc
import OCI
import Snapshots
import TestKit
import Testing

@Suite("A stack of layers")
struct StackViewTests {
    private static func with<Value>(
        _ scripts: [String], _ body: (StackView, TemporaryFolder) async throws -> Value
    ) async throws -> Value {
        try await TemporaryFolder.with { folder in
            for (index, script) in scripts.enumerated() { try await CopyScene.fill(folder.file("\(index)"), script) }
            let layers = scripts.indices.map { folder.file("\($0)") }
            return try await body(StackView(layers: layers, name: "the stage"), folder)
        }
    }

    private static let opaque =
        "python3 -c 'import os, sys; os.setxattr(sys.argv[1], \"trusted.overlay.opaque\", b\"y\")'"

    @Test("The topmost layer that has a name says what it is, and whiteouts and opaque folders hide")
    func merges() async throws {
        try await Self.with([
            "mkdir -p d/low o/low gone/x; printf 0 >f; touch d/a d/b o/a; mkdir was; touch was/x; printf 0 >became",
            "printf 11 >f; mkdir d; mknod d/a c 0 0; mkdir o; touch o/b; \(Self.opaque) o; mknod gone c 0 0; printf 1 >was; mkdir became; touch became/y",
            "mkdir -m 700 d gone; touch d/c gone/new; mkdir o",
        ]) { (view, folder) async throws in
            #expect(try view.list("/") == ["became", "d", "f", "gone", "o", "was"])
            #expect(try view.list("/d") == ["b", "c", "low"])
            #expect(try view.list("/o") == ["b"])
            #expect(try view.list("/gone") == ["new"])
            #expect(try view.list("/became") == ["y"])
            #expect(try view.list("/was") == nil)
            #expect(try view.list("/none") == nil)
            #expect(try view.lookUp("/f")?.status.size == 2)
            #expect(try view.lookUp("/f")?.diskPath == folder.file("1") + "/f")
            #expect(try view.lookUp("/d")?.status.mode == 0o700)
            for path in ["/d/a", "/o/a", "/o/low", "/gone/x", "/was/x"] {
                #expect(try view.lookUp(path) == nil, "\(path)")
            }
            let all = try Selection(.stack(view), path: "/").content().entries.map { "\($0.path)" }
            #expect(
                all == [
                    "became", "became/y", "d", "d/b", "d/c", "d/low", "f", "gone", "gone/new", "o", "o/b", "was",
                ])
        }
    }

    @Test("Links are followed through all layers and never out of the root")
    func links() async throws {
        try await Self.with([
            "mkdir -p usr/lib etc; printf lib >usr/lib/x; ln -s usr/lib lib; ln -s / all; ln -s ../../../etc up; ln -s loop loop",
            "mkdir etc; ln -s /lib/x etc/passwd; ln -s nowhere dangling; ln -s /proc/self/exe etc/outside",
        ]) { (view, _) async throws in
            #expect(try view.resolve("/lib/x") == "/usr/lib/x")
            #expect(try view.resolve("all/all/lib/../lib/./x") == "/usr/lib/x")
            #expect(try view.resolve("/up") == "/etc")
            #expect(try view.resolve("/../..") == "/")
            #expect(try view.resolve("/etc/outside") == nil)
            #expect(try view.resolve("/dangling") == nil)
            #expect(try view.resolve("/usr/lib/x/y") == nil)
            #expect(try view.lookUp("/lib")?.linkTarget == Array("usr/lib".utf8))
            #expect(try view.read("/etc/passwd") == Array("lib".utf8))
            #expect(try view.read("/etc") == nil)
            #expect(try view.read("/dangling") == nil)
            #expect(throws: ImageError.self) { _ = try view.read("/etc/passwd", limit: 2) }
            #expect(throws: ImageError.self) { _ = try view.resolve("/loop") }
            #expect(try view.fact("/lib") == .symbolicLink("usr/lib"))
            #expect(try view.fact("/usr") == .folder(FolderAttributes()))
            #expect(try view.fact("/usr/lib/x") == .file)
            #expect(try view.fact("/none") == .absent)
        }
    }

    @Test("Without layers there is a root and nothing in it")
    func empty() throws {
        let view = StackView(layers: [], name: "scratch")
        #expect(try view.lookUp("/")?.status.kind == .folder)
        #expect(try view.list("/") == [])
        #expect(try Selection(.stack(view), path: "/").content().isEmpty)
        #expect(try view.fact("/a") == .absent)
    }

    @Test("A plain folder has no whiteouts")
    func plain() async throws {
        try await TemporaryFolder.with { folder in
            try await CopyScene.fill(folder.file("plain"), "mknod w c 0 0")
            let view = StackView(folder: folder.file("plain"), name: "a folder")
            #expect(try view.list("/") == ["w"])
        }
    }
}
