import OCI
import Snapshots
import TestKit
import Testing

@Suite("Owners and modes of copied files")
struct FileOperationValueTests {
    @Test(
        "--chmod takes a number, or changes as chmod(1) has them",
        arguments: [
            ("755", 0o644, 0o755, 0o755), ("0", 0o644, 0, 0), ("07777", 0, 0o7777, 0o7777),
            ("4711", 0o644, 0o4711, 0o4711),
            ("u+x", 0o644, 0o744, 0o744), ("+x", 0o600, 0o711, 0o711), ("go-rwx", 0o755, 0o700, 0o700),
            ("a=rX", 0o600, 0o444, 0o555), ("a=rX", 0o700, 0o555, 0o555), ("a+X", 0o640, 0o640, 0o751),
            ("u=rwX,go=rX", 0o600, 0o644, 0o755), ("g=u", 0o750, 0o770, 0o770), ("o=g-w", 0o760, 0o764, 0o764),
            ("u+s", 0o755, 0o4755, 0o4755), ("g+s", 0o755, 0o2755, 0o2755), ("+t", 0o755, 0o1755, 0o1755),
            ("u=", 0o4755, 0o055, 0o055), ("u+r-x", 0o311, 0o611, 0o611), ("a=", 0o7777, 0, 0),
        ] as [(String, UInt16, UInt16, UInt16)])
    func modes(_ text: String, _ old: UInt16, _ file: UInt16, _ folder: UInt16) throws {
        let change = try ModeChange(parsing: text)
        #expect(change.applied(to: old, isFolder: false) == file)
        #expect(change.applied(to: old, isFolder: true) == folder)
    }

    @Test(
        "What is not a mode is refused",
        arguments: ["", "8", "10000", "0x1", "u", "u+y", "z+x", "u+x,", ",", "rwx", "7a"])
    func noModes(_ text: String) {
        #expect(throws: ImageError.self) { _ = try ModeChange(parsing: text) }
    }

    private static let passwd = Array(
        "root:x:0:0:root:/:/bin/sh\napp:x:1000:1001::/:\n7:x:70:71::/:\nshort:x\nodd:x:a:b::/:\nfour:x:4:5\nthree:x:3\n"
            .utf8)
    private static let group = Array("root:x:0:\nvideo:x:44:app\nbad:x:y:\n".utf8)

    @Test(
        "--chown takes names and numbers as Docker does",
        arguments: [
            ("5", 5, 5), ("5:6", 5, 6), ("7", 7, 7), ("app", 1000, 1001), ("app:", 1000, 1001), ("four", 4, 5),
            ("three", 3, 0), ("app:video", 1000, 44),
            ("app:9", 1000, 9), ("0:video", 0, 44), (":video", 0, 44), ("root", 0, 0), ("", 0, 0),
        ] as [(String, UInt32, UInt32)])
    func owners(_ text: String, _ uid: UInt32, _ gid: UInt32) throws {
        let owner = try Owner(parsing: text, passwd: Self.passwd, group: Self.group)
        #expect(owner == Owner(uid: uid, gid: gid))
    }

    @Test(
        "A name that the image does not have is refused",
        arguments: ["nobody", "short", "odd", "0:none", "0:bad", "-1"])
    func noOwners(_ text: String) {
        #expect(throws: ImageError.self) { _ = try Owner(parsing: text, passwd: Self.passwd, group: Self.group) }
        #expect(throws: ImageError.self) { _ = try Owner(parsing: text, passwd: nil, group: nil) }
    }

    @Test(
        "What is made for a user is root's as far as the image does not know the user",
        arguments: [
            ("docker:root", 0, 0), ("docker", 0, 0), ("docker:video", 0, 44), ("docker:9", 0, 9), ("docker:none", 0, 0),
            ("app", 1000, 1001), ("app:none", 1000, 1001), ("app:video", 1000, 44), ("5", 5, 5), ("5:none", 5, 5),
            (":video", 0, 44), ("odd", 0, 0),
        ] as [(String, UInt32, UInt32)])
    func foldersOfUsers(_ user: String, _ uid: UInt32, _ gid: UInt32) {
        #expect(Owner(of: user, passwd: Self.passwd, group: Self.group) == Owner(uid: uid, gid: gid))
    }

    @Test("Folders that are made on the way get a mode that is a number, without its special bits")
    func modesOnTheWay() throws {
        #expect(try ModeChange(parsing: "640").ofNewFolders == 0o640)
        #expect(try ModeChange(parsing: "4711").ofNewFolders == 0o711)
        #expect(try ModeChange(parsing: "go-rwx").ofNewFolders == 0o755)
    }

    @Test("The image's files are not read for numbers")
    func lazily() throws {
        let owner = try Owner(parsing: "5:6", passwd: try Self.unread(), group: try Self.unread())
        #expect(owner == Owner(uid: 5, gid: 6))
    }

    private static func unread() throws -> [UInt8]? { throw TestKitError("it was read") }
}
