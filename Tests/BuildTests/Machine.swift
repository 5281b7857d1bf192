import Foundation
import Glibc
import TestKit

/// What these tests need of the machine that they run on, and where their scenery is.
enum Machine {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// Containers are made by root only.
    static let canBuild = geteuid() == 0

    /// Words before a program in which unshare(2) gives no user namespace, as in most containers.
    static let withoutUserNamespaces = [
        "perl", "-e",
        """
        my $filter = pack("SCCL" x 6, 0x20, 0, 0, 0, 0x15, 0, 3, 272, 0x20, 0, 0, 16,
            0x45, 0, 1, 0x10000000, 6, 0, 0, 0x50001, 6, 0, 0, 0x7fff0000);
        my $program = pack("Sx6P", 6, $filter);
        syscall(157, 38, 1, 0, 0, 0) == 0 or die;
        syscall(157, 22, 2, $program, 0, 0) == 0 or die; exec @ARGV
        """,
    ]

    /// Something in the folder of this project's test data.
    static func testData(_ path: String) -> String { "\(root)/testdata/\(path)" }

    /// One of this project's scripts.
    static func script(_ path: String) -> String { "\(root)/scripts/\(path)" }

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
