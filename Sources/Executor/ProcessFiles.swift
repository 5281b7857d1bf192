internal import CSandbox
internal import FileSystem
internal import Glibc
package import OCI

/// The file system `/proc`, which may be missing in a chroot. Steps need it, and so does libdispatch, which monitors
/// its threads through it and otherwise aborts.
package enum ProcessFiles {
    static var areThere: Bool { access("/proc/self/stat", F_OK) == 0 }

    /// Mounts `/proc` for this process alone, if it is missing and as far as possible.
    ///
    /// Must be called before there is a second thread.
    package static func provide() {
        if !areThere { _ = csandbox_mount_proc() }
    }

    /// The names in `/proc` other than processes and links into a process's own folder, sorted.
    static func namesOfKernel() throws(FileError) -> [String] {
        let links: Set = ["self", "thread-self", "mounts", "net"]
        return try Folder.list("/proc").filter { !links.contains($0) && UInt32($0) == nil }
    }

    /// Explains how to continue if `/proc` could not be mounted.
    ///
    /// - Parameter attempt: The operation that needs it, such as "cannot run build".
    /// - Throws: ``ImageError``.
    package static func require(for attempt: @autoclosure () -> String) throws(ImageError) {
        if areThere { return }
        throw ImageError(
            .failed, attempt(), "/proc is not mounted, and cannot be mounted for this program alone",
            advice: "mount it: mount -t proc proc /proc")
    }
}
