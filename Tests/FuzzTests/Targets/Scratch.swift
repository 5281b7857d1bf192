import Glibc

@testable import Snapshots

/// A folder for inputs that have to be files, with a file beside it that nothing may touch.
final class Scratch: Sendable {
    static let shared = Scratch()

    private let root: String
    var folder: String { "\(root)/inside" }
    private var canary: String { "\(root)/canary" }

    private init() {
        let place = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        root = "\(place)/imgtool-fuzz.\(getpid())"
        mkdir(root, 0o700)
        mkdir(folder, 0o700)
        close(open(canary, O_CREAT | O_EXCL | O_WRONLY, 0o600))
        atexit { _ = try? TreeRemoval.remove(Scratch.shared.root) }
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// - Throws: ``BrokenPromise`` when something has happened beside the folder.
    func checkCanary() throws {
        var (file, parent) = (stat(), stat())
        try promise(
            lstat(canary, &file) == 0 && file.st_size == 0 && file.st_nlink == 1 && file.st_mode == S_IFREG | 0o600
                && file.st_uid == geteuid(),
            "the file beside the folder was touched")
        // Nothing but the file and the folder.
        try promise(
            stat(root, &parent) == 0 && parent.st_nlink == 3 && parent.st_mode == S_IFDIR | 0o700,
            "something was made beside the folder")
    }
}
