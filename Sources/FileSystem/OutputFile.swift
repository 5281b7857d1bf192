internal import Glibc

/// A file that somebody has asked for, at a path of theirs. It appears whole with its last byte, and the folders on the
/// way to it are made; unless it is committed, nothing of it stays. What is no file but a device or pipe is written to.
package final class OutputFile {
    private let path: String
    private var new: NewFile?
    /// What has to be written to directly.
    private let device: OpenFile?

    package init(_ path: String) throws(FileError) {
        self.path = path
        if let status = try FileStatus(of: path), status.kind != .file {
            let device = try OpenFile(path, for: .appending)
            // A file that has come into its place since would be written over, not replaced.
            guard try device.status().kind != .file else { throw FileError(EEXIST, "write", path) }
            self.device = device
        } else {
            device = nil
            try Folder.create(Folder.containing(path))
            new = try NewFile(in: Folder.containing(path))
        }
    }

    package func write(_ piece: [UInt8]) throws(FileError) {
        if let device { try device.append(piece) } else { try new?.write(piece) }
    }

    package func commit() throws(FileError) {
        guard let file = new.take() else { return }
        // As other tools leave it to the system when such a file reaches the disk, nobody counts on more.
        try file.commit(as: path, isFlushed: false)
    }
}
