internal import FileSystem
internal import Glibc

/// The `/dev` of a sandbox, made outside of it (runtime-spec, config-linux.md, "Default Devices").
///
/// Device nodes that a program or an image brings cannot be opened, since everything else is mounted without devices:
/// that is what keeps a sandbox off this machine's disks without a control group.
enum DeviceFolder {
    private static let devices = ["null", "zero", "full", "random", "urandom", "tty"]
    private static let links = [
        ("/proc/self/fd", "fd"), ("/proc/self/fd/0", "stdin"), ("/proc/self/fd/1", "stdout"),
        ("/proc/self/fd/2", "stderr"), ("/proc/kcore", "core"), ("pts/ptmx", "ptmx"),
    ]

    /// What the folder itself does not allow.
    static func limits(allowsDevices: Bool) -> Mounting.Limits {
        allowsDevices ? .noSetUser : [.noSetUser, .noDevices]
    }

    /// - Parameters:
    ///   - sharedMemorySize: Bytes.
    ///   - allowsDevices: Whether nodes that are made in it work.
    static func make(_ folder: String, sharedMemorySize: Int64, allowsDevices: Bool) throws(FileError) {
        try Folder.create(folder)
        try Mounting.mount(
            "tmpfs", on: folder, limits: limits(allowsDevices: allowsDevices), options: "mode=755,size=65536k")
        for name in devices {
            let file = "\(folder)/\(name)"
            _ = try OpenFile(file, for: .creating)
            try Mounting.bind("/dev/\(name)", on: file)
        }
        for (target, name) in links where symlink(target, "\(folder)/\(name)") != 0 {
            throw FileError(errno, "create the link", "\(folder)/\(name)")
        }
        for name in ["pts", "shm", "mqueue"] { try Folder.create("\(folder)/\(name)") }
        try Mounting.mount(
            "devpts", on: "\(folder)/pts", limits: [.noSetUser, .noPrograms],
            options: "newinstance,ptmxmode=0666,mode=0620,gid=5")
        try Mounting.mount(
            "tmpfs", on: "\(folder)/shm", limits: [.noSetUser, .noPrograms, .noDevices],
            options: "mode=1777,size=\(sharedMemorySize)")
    }
}
