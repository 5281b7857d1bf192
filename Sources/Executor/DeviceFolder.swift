internal import CLinux
internal import FileSystem
internal import Glibc

/// The `/dev` of a sandbox, set up from outside (runtime-spec, config-linux.md, "Default Devices").
///
/// Everything else is mounted without devices, so device nodes from a program or an image cannot be opened. That keeps
/// a sandbox off the machine's disks without a control group. The working nodes belong to the sandbox: changes to their
/// mode, owner or times affect nothing else.
enum DeviceFolder {
    /// Major and minor numbers (the kernel's devices.txt).
    private static let devices: [(name: String, major: UInt32, minor: UInt32)] = [
        ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0),
    ]
    private static let links = [
        ("/proc/self/fd", "fd"), ("/proc/self/fd/0", "stdin"), ("/proc/self/fd/1", "stdout"),
        ("/proc/self/fd/2", "stderr"), ("/proc/kcore", "core"), ("pts/ptmx", "ptmx"),
    ]

    /// The limits of the folder itself.
    static func limits(allowsDevices: Bool) -> Mounting.Limits {
        allowsDevices ? .noSetUser : [.noSetUser, .noDevices]
    }

    /// - Parameters:
    ///   - nodes: A new folder, on a file system that allows devices, invisible to the sandbox.
    ///   - sharedMemorySize: The size of `/dev/shm`, in bytes.
    ///   - allowsDevices: True if nodes created in the folder work.
    static func make(
        _ folder: String, nodes: String, sharedMemorySize: Int64, allowsDevices: Bool
    ) throws(FileError) {
        try Folder.create(folder)
        try Mounting.mount(
            "tmpfs", on: folder, limits: limits(allowsDevices: allowsDevices), options: "mode=755,size=65536k")
        try Folder.create(nodes)
        for (name, major, minor) in devices {
            let (file, node) = ("\(folder)/\(name)", "\(nodes)/\(name)")
            _ = try OpenFile(file, for: .creating)
            if mknod(node, S_IFCHR | 0o666, clinux_device(major, minor)) == 0 {
                try Mounting.bind(node, on: file)
            } else {
                // Without the right to create nodes, bind this machine's, which can be written to but not changed.
                try Mounting.bind("/dev/\(name)", on: file, limits: .readOnly)
            }
        }
        for (target, name) in links where symlink(target, "\(folder)/\(name)") != 0 {
            throw FileError(errno, "create the link", "\(folder)/\(name)")
        }
        for name in ["pts", "shm", "mqueue"] { try Folder.create("\(folder)/\(name)") }
        // The group of terminals, which is 5 nearly everywhere, where there is such a group.
        let group = UserNamespace.has(user: 0, group: 5) ? ",gid=5" : ""
        try Mounting.mount(
            "devpts", on: "\(folder)/pts", limits: [.noSetUser, .noPrograms],
            options: "newinstance,ptmxmode=0666,mode=0620\(group)")
        try Mounting.mount(
            "tmpfs", on: "\(folder)/shm", limits: [.noSetUser, .noPrograms, .noDevices],
            options: "mode=1777,size=\(sharedMemorySize)")
    }
}
