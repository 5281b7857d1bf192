internal import FileSystem

extension FileStatus {
    /// True for overlayfs's mark of a removed file.
    var isWhiteout: Bool { kind == .characterDevice(major: 0, minor: 0) }
}
