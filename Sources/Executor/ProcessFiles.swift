internal import CSandbox
internal import FileSystem
internal import Glibc
package import OCI

/// `/proc`, which some chroots do without. Steps need it, and so do the threads that tasks run on: those of libdispatch
/// are watched through it, and the program ends when that fails.
package enum ProcessFiles {
    package static var areThere: Bool { access("/proc/self/stat", F_OK) == 0 }

    /// Mounts it for this process alone, as far as that is possible, where it is not there.
    ///
    /// To be called before there is a second thread.
    package static func provide() {
        if !areThere { _ = csandbox_mount_proc() }
    }

    /// What is there beside the processes, sorted, without the links to what is a process's.
    static func namesOfKernel() throws(FileError) -> [String] {
        let links: Set = ["self", "thread-self", "mounts", "net"]
        return try Folder.list("/proc").filter { !links.contains($0) && UInt32($0) == nil }
    }

    /// Says what to do where it could not be mounted.
    ///
    /// - Parameter attempt: What needs it, as in "cannot run build".
    /// - Throws: ``ImageError``.
    package static func require(for attempt: @autoclosure () -> String) throws(ImageError) {
        if areThere { return }
        throw ImageError(
            .failed, attempt(), "/proc is not mounted, and cannot be mounted for this program alone",
            advice: "mount it: mount -t proc proc /proc")
    }
}
