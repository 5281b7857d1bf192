internal import Concurrency
internal import FileSystem
package import OCI
package import Processes

/// Runs the processes of a build in sandboxes, using programs of this machine that are found when the first process
/// needs them.
///
/// Working choices are saved for later builds, and tested again when their traits change or a process could not be
/// started.
package final class SandboxExecutor: Sendable {
    /// The default network of processes.
    private struct NetworkChoice: Sendable {
        /// `nil` for this machine's network.
        let network: BuildNetwork?
        /// The drawbacks of this choice.
        let weakness: String?
    }

    private let chosen: String?
    private let limits: StepLimits
    private let folder: String
    private let runtimes = SingleFlight<String, OCIRuntime.Choice>()
    private let emulators = Guarded<Emulators?>(nil)
    private let networks = SingleFlight<String, NetworkChoice>()
    private let groups = SingleFlight<String, ControlGroups>()

    /// - Parameters:
    ///   - folder: An existing folder for saved choices, private to this user.
    ///   - runtime: The name or path of an OCI runtime; `nil` to find the best one.
    ///   - limits: The limits of each process with its descendants.
    package init(folder: String, runtime: String? = nil, limits: StepLimits = StepLimits()) {
        self.limits = limits
        self.folder = folder
        chosen = runtime
    }

    /// The way to execute the programs of a platform.
    ///
    /// - Throws: ``OCI/ImageError`` if there is none.
    package func emulation(for platform: Platform) async throws -> Emulation {
        try Sandbox.check()
        let location = try location()
        let emulators = emulators.withLock { known in
            let emulators = known ?? Emulators(at: location)
            known = emulators
            return emulators
        }
        return try await emulators.emulation(for: platform)
    }

    /// Runs a process to its end. Cancelling the task kills it at once.
    ///
    /// - Parameter note: Called with events of the process. A slow consumer of output blocks the process.
    /// - Returns: The way the process ended; a status other than 0 is not an error.
    /// - Throws: ``OCI/ImageError`` if the process could not be started; `CancellationError`.
    package func run(
        _ process: SandboxSpec, note: @escaping @Sendable (ExecutionEvent) -> Void
    ) async throws -> ProgramResult.Ending {
        let group = try await groups().group()
        let (sandbox, process) = try await sandbox(for: process, in: group) { note(.warning($0)) }
        note(.starting)
        do {
            let ending = try await sandbox.run(process) { stream, bytes in note(.output(stream, bytes)) }
            if let limit = group?.reached { note(.reachedLimit(limit)) }
            return ending
        } catch let error as ImageError {
            guard let limit = group?.reached else { throw error }
            throw ImageError(error.code, error.attempt, "\(error.reason), at \(limit)", advice: error.advice)
        }
    }

    /// Runs an interactive process with this process's standard streams.
    ///
    /// - Throws: ``OCI/ImageError`` if the process could not be started; `CancellationError`.
    package func converse(_ process: SandboxSpec) async throws -> ProgramResult.Ending {
        let (sandbox, process) = try await sandbox(for: process, in: try await groups().group()) { _ in }
        return try await sandbox.converse(process)
    }

    /// The way to combine layers by an overlay.
    ///
    /// - Parameter folder: A folder on the file system of the layers. Files made for the test are removed.
    package func overlaySupport(in folder: String) async throws -> OverlaySupport {
        try await OverlaySupport.find(in: folder, at: location())
    }

    /// Tests the OCI runtimes again if this build has relied on a saved choice.
    ///
    /// - Returns: True if the result has changed, so that another attempt may succeed.
    package func checkAgain() async throws -> Bool {
        let runtime = try await runtime()
        guard runtime.isRemembered else { return false }
        await runtimes.forget("")
        return try await self.runtime(triesAgain: true).runtime != runtime.runtime
    }

    private func location() throws(ImageError) -> SandboxLocation {
        try SandboxLocation(folder: "\(folder)/sandbox")
    }

    private func runtime(triesAgain: Bool = false) async throws -> OCIRuntime.Choice {
        let (chosen, record, location) = (chosen, "\(folder)/runtime.json", try location())
        return try await runtimes.value(for: "") {
            try await OCIRuntime.choose(chosen, record: record, at: location, triesAgain: triesAgain)
        }
    }

    /// The sandbox for a process. By default it uses the build's network, if that is available.
    private func sandbox(
        for process: SandboxSpec, in group: ControlGroup?, warn: (String) -> Void
    ) async throws -> (Sandbox, SandboxSpec) {
        var process = process
        let groups = try await groups()
        groups.warnings.forEach(warn)
        limit(&process, besides: groups.controllers)
        let runtime = try await runtime().runtime
        if let weakness = Self.weakness(of: runtime) { warn(weakness) }
        var network: BuildNetwork?
        if process.network == .default {
            let choice = try await self.network()
            if let weakness = choice.weakness { warn(weakness) }
            network = choice.network
        }
        if network != nil {
            process.network = .own
            if let proxy = process.environment.first(where: ProxyVariable.leadsToLoopback) {
                warn(
                    "\(proxy.prefix { $0 != "=" }) is a proxy on this machine's loopback device, which steps do not reach; "
                        + "let it listen on another address, or build with --network host")
            }
        }
        return (Sandbox(runtime: runtime, location: try location(), network: network, group: group), process)
    }

    /// The control groups of the build, created for the first process.
    private func groups() async throws -> ControlGroups {
        let limits = limits
        return try await groups.value(for: "") { try ControlGroups(limits) }
    }

    /// Limits a process as far as that is possible without control groups.
    private func limit(_ process: inout SandboxSpec, besides held: Set<ControlGroupRule.Controller>) {
        // The kernel does not count the processes of the machine's root, and counts those of its other users everywhere.
        if !held.contains(.pids), !UserNamespace.isInitial { process.processLimit = limits.heldProcesses }
        if !held.contains(.memory) { process.dataLimit = limits.memory }
    }

    /// The gaps in a sandbox's isolation on this machine; `nil` if there are none.
    private static func weakness(of runtime: OCIRuntime) -> String? {
        // Unlike other runtimes, runc keeps the limits of mounts even if they are not locked.
        if runtime.locksMounts || runtime.name.contains("runc") { return nil }
        return "the kernel gives no user namespace here, so steps are not kept from this machine's devices; "
            + "they are with another runtime: apt-get install runc"
    }

    /// The build's network, created for the first process that needs it.
    private func network() async throws -> NetworkChoice {
        let location = try location()
        return try await networks.value(for: "") {
            let shared = "steps of the default network share this machine's, with everything that listens here"
            guard let program = BuildNetwork.findProgram() else {
                return NetworkChoice(
                    network: nil,
                    weakness: "\(shared); a network of their own needs slirp4netns: apt-get install slirp4netns"
                )
            }
            do {
                let network = try await OwnThread.run { try BuildNetwork(joining: program, at: location) }
                return NetworkChoice(network: network, weakness: nil)
            } catch let error as ImageError {
                return NetworkChoice(network: nil, weakness: "\(shared): \(error.attempt): \(error.reason)")
            }
        }
    }
}

/// An event during the run of a process.
package enum ExecutionEvent: Sendable {
    /// The process is about to be started.
    case starting
    case output(StandardStream, [UInt8])
    /// A gap in the isolation on this machine, or a missing feature.
    case warning(String)
    /// A limit that the process has met with, as in "its limit of 100 processes and threads (--pids-limit)".
    case reachedLimit(String)
}
