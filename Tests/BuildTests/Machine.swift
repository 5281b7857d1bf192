import Foundation
import Glibc
import TestKit

/// What these tests need of the machine that they run on, and where their scenery is.
enum Machine {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// Containers are made by root only.
    static let canBuild = geteuid() == 0

    /// Something in the folder of this project's test data.
    static func testData(_ path: String) -> String { "\(root)/testdata/\(path)" }

    /// Where things that had to be fetched are kept: with what is built.
    static let fetched = "\(root)/.build/test-images"
}

/// A folder that all tests of this process share, gone when the process ends.
enum SharedFolder {
    static let folder: Result<TemporaryFolder, any Error> = Result {
        let folder = try TemporaryFolder()
        atexit { try? SharedFolder.folder.get().remove() }
        return folder
    }
}
