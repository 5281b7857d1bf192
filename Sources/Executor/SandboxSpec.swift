/// One step of a build that runs a program: what it runs, as whom, where, and what it sees.
///
/// All paths that are not said to be inside the sandbox are absolute paths of this machine.
package struct SandboxSpec: Sendable, Hashable {
    /// What the program can reach over the network.
    package enum Network: String, Sendable {
        /// What this machine reaches, without looking at what others send: where there is no network of the build's own.
        case `default`
        /// What this machine reaches, but for itself: through the network of the build's own.
        case own
        /// Nothing but a loopback device of its own.
        case none
        /// What this machine reaches.
        case host
    }

    package enum Security: String, Sendable {
        /// Docker's default capabilities, system call filter and hidden paths; devices only in `/dev`.
        case sandbox
        /// All capabilities and no filter: as good as this machine's root.
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
    /// The program and its arguments; a name without a slash is looked up in the `PATH` of ``environment``.
    package var arguments: [String]
    /// `NAME=value` each. `PATH` and `HOME` are added if they are not there.
    package var environment: [String] = []
    /// An absolute path inside, created if it does not exist, and then owned by the user.
    package var workingFolder = "/"
    /// As the instruction `USER` has it: `user`, `user:group`, names or numbers; empty for root.
    package var user = ""
    package var hostname = "imgtool"
    package var extraHosts: [HostAddress] = []
    package var network = Network.default
    package var security = Security.sandbox
    /// Seen in this order, but a mount that is below another comes after it.
    package var mounts: [SandboxMount] = []
    /// The size of `/dev/shm` in bytes.
    package var sharedMemorySize: Int64 = 64 << 20
    /// How the program's instructions are executed.
    package var emulation = Emulation.native

    package init(root: Mountable, arguments: [String]) {
        self.root = root
        self.arguments = arguments
    }
}

/// Something that a step sees at a place of its root file system, and that is not part of the result.
package struct SandboxMount: Sendable, Hashable {
    package enum Source: Sendable, Hashable {
        /// A file or folder of a tree, by its path in the tree, where symbolic links do not lead out of it.
        case bind(Mountable, path: String, isReadOnly: Bool)
        /// A new file system in memory with mode 1777; the size is in bytes, half of the memory if there is none.
        case memory(size: Int64?)
        /// A file in memory that never comes to a disk.
        case secret([UInt8], permissions: UInt32, user: UInt32, group: UInt32)
    }

    /// An absolute path inside. It need not exist; what is created to mount on is removed again.
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

/// How a program is executed whose instructions may not be this machine's.
package enum Emulation: Sendable, Hashable {
    /// By the processor itself.
    case native
    /// By an emulator that this machine has registered.
    case registered
    /// By an emulator that is registered for the step alone.
    case ofStep(emulator: String, Architecture)

    package var isEmulated: Bool { self != .native }
}
