internal import FileSystem

extension FileStatus {
    /// Whether overlayfs takes the file for a sign that what lies below is gone.
    var isWhiteout: Bool { kind == .characterDevice(major: 0, minor: 0) }
}
