internal import Glibc

/// An output file at a path that the user chose. It appears whole when it is committed, missing parent folders
/// included; otherwise nothing is left behind. Devices and pipes are written to directly, and a symbolic link stays in
/// place.
package final class OutputFile {
    private let path: String
    private var new: NewFile?
    /// A device or pipe, which is written to directly.
    private let device: OpenFile?

    package init(_ path: String) throws(FileError) {
        let path = Self.target(of: path)
        self.path = path
        if let status = try FileStatus(of: path), status.kind != .file {
            let device = try OpenFile(path, for: .appending)
            // A regular file created there in the meantime would be overwritten, not replaced.
            guard try device.status().kind != .file else { throw FileError(EEXIST, "write", path) }
            self.device = device
        } else {
            device = nil
            try Folder.create(Folder.containing(path))
            new = try NewFile(in: Folder.containing(path))
        }
    }

    /// Writes a whole file.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        let file = try OutputFile(path)
        try file.write(bytes)
        try file.commit()
    }

    /// The path with its symbolic links resolved; the path itself if nothing exists there yet.
    private static func target(of path: String) -> String {
        guard let target = realpath(path, nil) else { return path }
        defer { free(target) }
        return String(cString: target)
    }

    package func write(_ piece: [UInt8]) throws(FileError) {
        if let device { try device.append(piece) } else { try new?.write(piece) }
    }

    /// Removes what was written, unless it is committed already.
    package func discard() { new = nil }

    package func commit() throws(FileError) {
        guard let file = new.take() else { return }
        // No flush: like other tools, leave it to the system when an output file reaches the disk.
        try file.commit(as: path, isFlushed: false)
    }
}
