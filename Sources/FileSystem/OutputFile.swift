internal import Glibc

/// A file that somebody has asked for, at a path of theirs. It appears whole with its last byte, and the folders on the
/// way to it are made; unless it is committed, nothing of it stays. What is no file but a device or pipe is written to,
/// and a symbolic link stays one.
package final class OutputFile {
    private let path: String
    private var new: NewFile?
    /// What has to be written to directly.
    private let device: OpenFile?

    package init(_ path: String) throws(FileError) {
        let path = Self.target(of: path)
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

    /// Writes all of a file.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        let file = try OutputFile(path)
        try file.write(bytes)
        try file.commit()
    }

    /// Where the symbolic links at a path lead; the path itself where there is nothing yet.
    private static func target(of path: String) -> String {
        guard let target = realpath(path, nil) else { return path }
        defer { free(target) }
        return String(cString: target)
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
