internal import CLinux
internal import FileSystem
internal import Glibc

/// Combines layers with overlayfs (the kernel's overlayfs.rst).
enum OverlayMount {
    /// Sets of overlayfs options, the best first; older kernels do not support all of them.
    ///
    /// A layer has to be valid outside of the folder in which it was made, so redirects, metadata-only copies and the
    /// index are off. A layer only matters after the step has ended, so flushing it earlier is pointless.
    private static let options =
        UserNamespace.isRoot
        ? ["redirect_dir=off,metacopy=off,index=off,volatile", "redirect_dir=off,metacopy=off,index=off", ""]
        // Requires Linux 5.11, and implies that there are no redirects.
        : ["userxattr,metacopy=off,index=off,volatile", "userxattr,metacopy=off,index=off"]

    /// Mounts layers, the lowest first, with a writable folder on top.
    ///
    /// - Parameters:
    ///   - writable: `nil` for a read-only mount, which requires two layers.
    ///   - program: The path of fuse-overlayfs, if it is used instead of the kernel's overlayfs.
    static func mount(
        layers: [String], writable: (upper: String, work: String)?, on target: String, limits: Mounting.Limits,
        by program: String?
    ) throws(FileError) {
        if let program {
            return try FuseOverlay(program: program).mount(
                layers: layers, writable: writable, on: target, limits: limits)
        }
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        func name(_ path: String) throws(FileError) -> String {
            let descriptor = clinux_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0)
            guard descriptor >= 0 else { throw FileError(errno, "open the folder", path) }
            descriptors.append(descriptor)
            return "\(descriptor)"
        }
        // All options have to fit into a page. Relative to the folder of open files, each layer has a name of a few
        // digits, without characters that are special to overlayfs.
        var lower: [String] = []
        var seen: Set<String> = []
        // overlayfs refuses repeated layers; the uppermost occurrence hides the others.
        for layer in layers.reversed() where seen.insert(layer).inserted { lower.append(try name(layer)) }
        var layerOptions = "lowerdir=" + lower.joined(separator: ":")
        if let writable { layerOptions += ",upperdir=\(try name(writable.upper)),workdir=\(try name(writable.work))" }
        guard chdir("/proc/self/fd") == 0 else { throw FileError(errno, "open the folder", "/proc/self/fd") }
        defer { chdir("/") }

        let attempts = Self.options.dropFirst(writable == nil ? 1 : 0)
        for options in attempts {
            do {
                let all = options.isEmpty ? layerOptions : "\(layerOptions),\(options)"
                return try Mounting.mount("overlay", on: target, limits: limits, options: all)
            } catch  where error.code == EINVAL && options != attempts.last {
                continue
            }
        }
    }
}
