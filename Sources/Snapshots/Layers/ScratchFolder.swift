package import FileSystem
internal import Glibc
internal import OCI

/// A folder that is this process's own as long as the value lives, and then gone. Those of processes that were killed
/// are known by their lock, which nobody holds.
package final class ScratchFolder: Sendable {
    package let path: String
    private let lock: FileLock

    /// - Parameter folder: Where it is made; it exists.
    /// - Throws: ``FileError``.
    package init(in folder: String) throws(FileError) {
        while true {
            let path = "\(folder)/\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 36))"
            try Folder.create(path, permissions: 0o700)
            guard let lock = try? FileLock(.exclusive, trying: OpenFile(path, for: .folder)) else { continue }
            // Somebody who cleans up may have taken it for a leftover before it was locked.
            guard try FileStatus(of: path) != nil else { continue }
            self.path = path
            self.lock = lock
            return
        }
    }

    deinit {
        remove()
        lock.release()
    }

    /// Removes the folder at once, for a process that ends without tidying up its memory.
    package func remove() { _ = try? TreeRemoval.remove(path) }

    /// A path in the folder that nobody has used.
    func unusedPath() -> String { "\(path)/\(String(UInt64.random(in: .min ... .max), radix: 36))" }

    /// Removes what killed processes have left in a folder of such places.
    package static func removeLeftovers(in folder: String) throws(FileError) {
        for name in try Folder.list(folder) {
            let path = "\(folder)/\(name)"
            guard let open = try? OpenFile(path, for: .folder), let lock = try FileLock(.exclusive, trying: open) else {
                continue
            }
            defer { lock.release() }
            try TreeRemoval.remove(path)
        }
    }
}
