import FileSystem
import Testing

@Suite("A path in a root")
struct RootedPathTests {
    private static let files: [String: RootedPath.Status] = [
        "a": .folder, "a/b": .folder, "a/b/f": .other, "f": .other, "out": .link(target: Array("../../etc".utf8)),
        "etc": .folder, "abs": .link(target: Array("/a/b".utf8)), "a/up": .link(target: Array("../f".utf8)),
        "loop": .link(target: Array("loop".utf8)), "gone": .link(target: Array("none/x".utf8)),
        "back": .link(target: Array("none/../f".utf8)),
    ]

    private static func follow(
        _ path: String, followsLast: Bool = true, passesAbsent: Bool = true
    ) throws -> RootedPath {
        try RootedPath(Array(path.utf8), followsLast: followsLast, passesAbsent: passesAbsent, mostLinks: 5) { names in
            files[names.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")] ?? .absent
        }
    }

    private static func text(_ path: RootedPath) -> String {
        "/" + path.names.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
    }

    @Test(
        "leads to the same as in a chroot",
        arguments: [
            ("", "/", true), ("/", "/", true), ("..", "/", true), ("../../a", "/a", true), ("a/./b//f", "/a/b/f", true),
            ("out", "/etc", true), ("a/../out", "/etc", true), ("abs/f", "/a/b/f", true), ("a/up", "/f", true),
            ("a/b/..", "/a", true), ("none", "/none", false), ("none/x/y", "/none/x/y", false),
            ("gone", "/none/x", false),
            ("a/none/../b", "/a/b", true), ("back", "/f", true), ("out/../a", "/a", true),
        ])
    func leads(_ path: String, _ expected: String, _ exists: Bool) throws {
        let followed = try Self.follow(path)
        #expect(Self.text(followed) == expected && followed.exists == exists)
    }

    @Test func `keeps a link at its end where that is not followed`() throws {
        let followed = try Self.follow("a/up", followsLast: false)
        #expect(Self.text(followed) == "/a/up" && followed.status == .link(target: Array("../f".utf8)))
        #expect(Self.text(try Self.follow("abs/f", followsLast: false)) == "/a/b/f")
    }

    @Test(arguments: ["none/../a", "back", "gone", "none/x"])
    func `ends at what is absent where that is not passed`(_ path: String) throws {
        #expect(try !Self.follow(path, passesAbsent: false).exists)
    }

    @Test(arguments: ["f/x", "a/b/f/..", "f/..", "a/up/x"])
    func `does not lead through a file`(_ path: String) {
        #expect(throws: RootedPath.Failure.self) { try Self.follow(path) }
    }

    @Test func `gives up on links that lead in circles`() {
        #expect(throws: RootedPath.Failure.tooManyLinks([Array("loop".utf8)])) { try Self.follow("loop") }
    }
}
