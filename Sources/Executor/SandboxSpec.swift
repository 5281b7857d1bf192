/// A step of a build that runs a program: its command, user, root file system and mounts.
///
/// Unless stated otherwise, paths are absolute paths on this machine.
package struct SandboxSpec: Sendable, Hashable {
    /// The network access of a program.
    package enum Network: String, Sendable {
        /// This machine's network without access to the traffic of others: the fallback without a network of the
        /// build's own.
        case `default`
        /// The build's own network: everything that this machine reaches, except the machine itself.
        case own
        /// Only a loopback interface of its own.
        case none
        /// This machine's network.
        case host
    }

    package enum Security: String, Sendable {
        /// Docker's default capabilities, system call filter and masked paths; devices only in `/dev`.
        case sandbox
        /// All capabilities and no filter: equivalent to this machine's root.
        case insecure
    }

    /// A line of `/etc/hosts`.
    package struct HostAddress: Sendable, Hashable {
        package let name: String
        package let address: String

        package init(name: String, address: String) {
            self.name = name
            self.address = address
        }
    }

    /// The root file system.
    package var root: Mountable
    /// The program and its arguments; a name without a slash is searched in the `PATH` of ``environment``.
    package var arguments: [String]
    /// Strings `NAME=value`. `PATH` and `HOME` are added if missing.
    package var environment: [String] = []
    /// An absolute path in the sandbox, created if missing and then owned by the user.
    package var workingFolder = "/"
    /// In the syntax of `USER`: `user`, `user:group`, names or numbers; empty for root.
    package var user = ""
    package var hostname = "imgtool"
    package var extraHosts: [HostAddress] = []
    package var network = Network.default
    package var security = Security.sandbox
    /// Mounted in this order, except that a mount below another follows it.
    package var mounts: [SandboxMount] = []
    /// The size of `/dev/shm`, in bytes.
    package var sharedMemorySize: Int64 = 64 << 20
    /// The number of processes of its user in the user namespace (`RLIMIT_NPROC`), where there are no control groups.
    var processLimit: Int64?
    /// The memory of each process for data, in bytes (`RLIMIT_DATA`), where there are no control groups.
    var dataLimit: Int64?
    /// The way to execute the program.
    package var emulation = Emulation.native

    package init(root: Mountable, arguments: [String]) {
        self.root = root
        self.arguments = arguments
    }
}

/// A mount in a step's root file system, not part of the result.
package struct SandboxMount: Sendable, Hashable {
    package enum Source: Sendable, Hashable {
        /// A file or folder of a tree, by its path in the tree, which symbolic links do not lead out of.
        case bind(Mountable, path: String, isReadOnly: Bool)
        /// A new file system in memory with mode 1777; the size is in bytes, by default half of the memory.
        case memory(size: Int64?)
        /// A file in memory that is never written to disk.
        case secret([UInt8], permissions: UInt32, user: UInt32, group: UInt32)
    }

    /// An absolute path in the sandbox. If it does not exist, the mount point is removed afterwards.
    package let target: String
    package let source: Source

    package init(target: String, source: Source) {
        self.target = target
        self.source = source
    }

    /// A folder whose content outlives the step.
    package static func cache(target: String, folder: String, isReadOnly: Bool = false) -> SandboxMount {
        SandboxMount(target: target, source: .bind(.folder(folder), path: "/", isReadOnly: isReadOnly))
    }
}

/// The way to execute a program, which may be for another architecture.
package enum Emulation: Sendable, Hashable {
    /// By the processor itself.
    case native
    /// By an emulator registered on this machine.
    case registered
    /// By an emulator registered for this step only.
    case ofStep(emulator: String, Architecture)

    package var isEmulated: Bool { self != .native }
}
