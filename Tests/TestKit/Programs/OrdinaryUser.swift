internal import Foundation
internal import Glibc

/// A user of this machine who is not root, has subordinate ids, and is there only while one of their programs runs.
package enum OrdinaryUser {
    /// What `testdata/user/run` calls the user and the group.
    package static let id: UInt32 = 47011

    /// The program that runs another one as this user: the words after it are that one's.
    package static let runner: String = {
        var folder = URL(filePath: #filePath)
        for _ in 1...4 { folder.deleteLastPathComponent() }
        return folder.appending(path: "testdata/user/run").path
    }()

    /// Whether the program under test is run by this user in all tests, and folders of tests belong to this user
    /// (`IMGTOOL_TESTS_AS=user`).
    package static let isEverywhere = getenv("IMGTOOL_TESTS_AS").map { strcmp($0, "user") == 0 } ?? false

    /// A program called `imgtool` that runs another one as this user. It is gone when the tests end.
    static func wrapper(of program: String) -> String {
        guard let folder = try? TemporaryFolder() else { return program }
        wrappers = folder
        atexit { OrdinaryUser.wrappers?.remove() }
        let path = folder.file("imgtool")
        _ = try? folder.write("imgtool", text: "#!/bin/sh\nexec '\(runner)' '\(program)' \"$@\"\n")
        chmod(folder.path, 0o755)
        chmod(path, 0o755)
        return path
    }

    nonisolated(unsafe) private static var wrappers: TemporaryFolder?
}

extension TemporaryFolder {
    /// Lets the ordinary user have the folder, and what is in it.
    package func giveToOrdinaryUser() {
        let all = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        for name in [path] + all.map(file) { lchown(name, OrdinaryUser.id, OrdinaryUser.id) }
    }
}
