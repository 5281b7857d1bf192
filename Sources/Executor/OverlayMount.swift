internal import CLinux
internal import FileSystem
internal import Glibc

/// Joins layers with overlayfs (the kernel's overlayfs.rst).
enum OverlayMount {
    /// What is asked of overlayfs, the best first; older kernels do not know all of it.
    ///
    /// A layer has to be understood without the folder it was made in, so no redirections, no metadata without content
    /// and no index. A layer is nobody's before the step has ended, so flushing it to the disk meanwhile is in vain.
    private static let options = [
        "redirect_dir=off,metacopy=off,index=off,volatile", "redirect_dir=off,metacopy=off,index=off", "",
    ]

    /// Mounts layers, the lowest first, and on top of them a folder to write to.
    ///
    /// - Parameter writable: Nothing for a mount that can only be read, which needs two layers.
    static func mount(
        layers: [String], writable: (upper: String, work: String)?, on target: String, limits: Mounting.Limits
    ) throws(FileError) {
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        func name(_ path: String) throws(FileError) -> String {
            let descriptor = clinux_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0)
            guard descriptor >= 0 else { throw FileError(errno, "open the folder", path) }
            descriptors.append(descriptor)
            return "\(descriptor)"
        }
        // All options have to fit into a page. Seen from the folder of open files each layer has a name of a few
        // digits, without a character that has a meaning to overlayfs.
        var lower: [String] = []
        var seen: Set<String> = []
        // overlayfs refuses a layer that is there twice; the upper one says all that the lower one says.
        for layer in layers.reversed() where seen.insert(layer).inserted { lower.append(try name(layer)) }
        var places = "lowerdir=" + lower.joined(separator: ":")
        if let writable { places += ",upperdir=\(try name(writable.upper)),workdir=\(try name(writable.work))" }
        guard chdir("/proc/self/fd") == 0 else { throw FileError(errno, "open the folder", "/proc/self/fd") }
        defer { chdir("/") }

        let attempts = Self.options.dropFirst(writable == nil ? 1 : 0)
        for options in attempts {
            do {
                let all = options.isEmpty ? places : "\(places),\(options)"
                return try Mounting.mount("overlay", on: target, limits: limits, options: all)
            } catch  where error.code == EINVAL && options != attempts.last {
                continue
            }
        }
    }
}
