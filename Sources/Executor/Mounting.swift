internal import CSandbox
internal import FileSystem
internal import Glibc

/// Mounts in the calling process's own mount namespace (mount(2)).
enum Mounting {
    /// Restrictions of a mount.
    struct Limits: OptionSet {
        let rawValue: UInt

        static let readOnly = Limits(rawValue: csandbox_read_only)
        static let noDevices = Limits(rawValue: csandbox_no_devices)
        static let noPrograms = Limits(rawValue: csandbox_no_programs)
        static let noSetUser = Limits(rawValue: csandbox_no_set_user)

        /// Their names in mount(8) and the runtime-spec.
        var options: [String] {
            let names: [(Limits, String)] = [
                (.readOnly, "ro"), (.noDevices, "nodev"), (.noPrograms, "noexec"), (.noSetUser, "nosuid"),
            ]
            return names.filter { contains($0.0) }.map(\.1)
        }
    }

    /// Makes the root that this process sees the root of its mount namespace, even in a chroot, and keeps its mounts
    /// out of all other namespaces.
    static func takeRoot() throws(FileError) {
        if csandbox_take_root() != 0 { throw FileError(errno, "make a root file system of", "/") }
    }

    /// Mounts a new file system.
    static func mount(
        _ type: String, on target: String, limits: Limits = [], options: String? = nil
    ) throws(FileError) {
        try attach(type, on: target, type: type, flags: limits.rawValue, options: options)
    }

    /// Mounts a file or folder, including the mounts below it, at another path. The limits apply to all of it; before
    /// Linux 5.12, mounts below are omitted.
    static func bind(_ source: String, on target: String, limits: Limits = []) throws(FileError) {
        try attach(source, on: target, type: nil, flags: csandbox_bind | csandbox_recursive, options: nil)
        guard !limits.isEmpty, csandbox_limit_mounts(target, limits.rawValue) != 0 else { return }
        try detach(target)
        try attach(source, on: target, type: nil, flags: csandbox_bind, options: nil)
        try attach(
            nil, on: target, type: nil, flags: csandbox_bind | csandbox_remount | limits.rawValue, options: nil)
    }

    /// Sets limits of an existing mount.
    static func limit(_ target: String, to limits: Limits) throws(FileError) {
        if !limits.isEmpty, csandbox_limit_mounts(target, limits.rawValue) != 0 {
            throw FileError(errno, "limit", target)
        }
    }

    /// Locks the limits of all mounts. Otherwise an OCI runtime may lose them when it binds a mount elsewhere, as crun
    /// does.
    static func lock() throws(FileError) {
        if csandbox_lock_mounts() != 0 { throw FileError(errno, "lock", "the step's mounts") }
    }

    static func detach(_ target: String) throws(FileError) {
        if csandbox_unmount(target) != 0 { throw FileError(errno, "unmount", target) }
    }

    private static func attach(
        _ source: String?, on target: String, type: String?, flags: UInt, options: String?
    ) throws(FileError) {
        guard csandbox_mount(source, target, type, flags, options) != 0 else { return }
        let code = errno
        throw FileError(code, "mount \(type ?? source ?? "") on", target)
    }
}
