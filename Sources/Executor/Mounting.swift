internal import CSandbox
internal import FileSystem
internal import Glibc

/// The mounts of the calling process's own mount namespace (mount(2)).
enum Mounting {
    /// What a mount does not allow.
    struct Limits: OptionSet {
        let rawValue: UInt

        static let readOnly = Limits(rawValue: csandbox_read_only)
        static let noDevices = Limits(rawValue: csandbox_no_devices)
        static let noPrograms = Limits(rawValue: csandbox_no_programs)
        static let noSetUser = Limits(rawValue: csandbox_no_set_user)

        /// What mount(8) and the runtime specification call them.
        var options: [String] {
            let names: [(Limits, String)] = [
                (.readOnly, "ro"), (.noDevices, "nodev"), (.noPrograms, "noexec"), (.noSetUser, "nosuid"),
            ]
            return names.filter { contains($0.0) }.map(\.1)
        }
    }

    /// Makes what this process sees all that there is in its namespace, also where it was confined to a folder, and
    /// keeps what is mounted here from every other one.
    static func takeRoot() throws(FileError) {
        if csandbox_take_root() != 0 { throw FileError(errno, "make a root file system of", "/") }
    }

    /// Mounts a file system of its own.
    static func mount(
        _ type: String, on target: String, limits: Limits = [], options: String? = nil
    ) throws(FileError) {
        try attach(type, on: target, type: type, flags: limits.rawValue, options: options)
    }

    /// Makes a file or folder, with what is mounted below it, appear at another place. The limits hold for all of it, or,
    /// before Linux 5.12, what is mounted below it is left out.
    static func bind(_ source: String, on target: String, limits: Limits = []) throws(FileError) {
        try attach(source, on: target, type: nil, flags: csandbox_bind | csandbox_recursive, options: nil)
        guard !limits.isEmpty, csandbox_limit_mounts(target, limits.rawValue) != 0 else { return }
        try detach(target)
        try attach(source, on: target, type: nil, flags: csandbox_bind, options: nil)
        try attach(
            nil, on: target, type: nil, flags: csandbox_bind | csandbox_remount | limits.rawValue, options: nil)
    }

    /// Makes the limits of everything that is mounted final. The OCI runtime may forget them when it binds a mount to
    /// another place, as crun does.
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
