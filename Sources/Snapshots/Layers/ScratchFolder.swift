package import FileSystem
internal import Glibc
internal import OCI

/// A folder of this process, removed with the value. Leftovers of killed processes are recognised by a lock that is not
/// held.
package final class ScratchFolder: Sendable {
    package let path: String
    private let lock: FileLock

    /// - Parameter folder: An existing parent folder.
    /// - Throws: ``FileError``.
    package init(in folder: String) throws(FileError) {
        while true {
            let path = "\(folder)/\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 36))"
            try Folder.create(path, permissions: 0o700)
            guard let lock = try? FileLock(.exclusive, trying: OpenFile(path, for: .folder)) else { continue }
            // A cleanup may have removed it as a leftover before it was locked.
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

    /// Removes the folder at once, for a process that exits without releasing values.
    package func remove() { _ = try? TreeRemoval.remove(path) }

    /// An unused path in the folder.
    func unusedPath() -> String { "\(path)/\(String(UInt64.random(in: .min ... .max), radix: 36))" }

    /// Removes the leftovers of killed processes from a parent folder.
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
