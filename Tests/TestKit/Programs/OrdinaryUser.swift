internal import Foundation

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
}
