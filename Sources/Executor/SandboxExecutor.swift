internal import Concurrency
package import OCI
package import Processes

/// Runs the processes of a build in sandboxes, with the programs of this machine, which are looked for when the first
/// process needs them.
///
/// What works is remembered for later builds, as long as what it depends on is the same, and checked again when a process
/// could not be started with it.
package final class SandboxExecutor: Sendable {
    /// The network of processes that ask for none in particular.
    private struct NetworkChoice: Sendable {
        /// `nil` for this machine's.
        let network: BuildNetwork?
        /// What is wrong with that.
        let weakness: String?
    }

    private let chosen: String?
    private let folder: String
    private let runtimes = SingleFlight<String, OCIRuntime.Choice>()
    private let emulators = Guarded<Emulators?>(nil)
    private let networks = SingleFlight<String, NetworkChoice>()

    /// - Parameters:
    ///   - folder: An existing folder for what is remembered, private to this user.
    ///   - runtime: The name or path of an OCI runtime, if not the best one is to be found.
    package init(folder: String, runtime: String? = nil) {
        self.folder = folder
        chosen = runtime
    }

    /// How the programs of a platform are executed.
    ///
    /// - Throws: ``OCI/ImageError`` when they cannot be.
    package func emulation(for platform: Platform) async throws -> Emulation {
        let location = try location()
        let emulators = emulators.withLock { known in
            let emulators = known ?? Emulators(at: location)
            known = emulators
            return emulators
        }
        return try await emulators.emulation(for: platform)
    }

    /// Runs a process to its end. A cancelled task kills it at once.
    ///
    /// - Parameter note: Is told what happens meanwhile. A process that writes more than it takes is made to wait.
    /// - Returns: How the process ended; a status other than 0 is a result.
    /// - Throws: ``OCI/ImageError`` when the process could not be started; `CancellationError`.
    package func run(
        _ process: SandboxSpec, note: @escaping @Sendable (ExecutionEvent) -> Void
    ) async throws -> ProgramResult.Ending {
        let (sandbox, process) = try await sandbox(for: process) { note(.warning($0)) }
        note(.starting)
        return try await sandbox.run(process) { stream, bytes in note(.output(stream, bytes)) }
    }

    /// Runs a process that a person talks to, with this process's standard streams.
    ///
    /// - Throws: ``OCI/ImageError`` when the process could not be started; `CancellationError`.
    package func converse(_ process: SandboxSpec) async throws -> ProgramResult.Ending {
        let (sandbox, process) = try await sandbox(for: process) { _ in }
        return try await sandbox.converse(process)
    }

    /// Whether layers can be joined by overlayfs.
    ///
    /// - Parameter folder: A folder of the file system that the layers lie on. What is made in it is removed again.
    package func canMountOverlays(in folder: String) async throws -> Bool {
        try await OverlaySupport.find(in: folder, at: location()) == .available
    }

    /// Checks whether what earlier builds have found out about the OCI runtimes still holds, if this build has relied on
    /// it.
    ///
    /// - Returns: Whether something has changed, so that another attempt may succeed.
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

    /// A sandbox for a process. One that asks for no network in particular gets that of the build, if there can be one.
    private func sandbox(
        for process: SandboxSpec, warn: (String) -> Void
    ) async throws -> (Sandbox, SandboxSpec) {
        var process = process
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
        return (Sandbox(runtime: runtime, place: try location(), network: network), process)
    }

    /// What processes are not kept from on this machine; `nil` if their sandboxes are all that they should be.
    private static func weakness(of runtime: OCIRuntime) -> String? {
        // Unlike others, runc keeps what a step's mounts forbid also when they are not locked.
        if runtime.locksMounts || runtime.name.contains("runc") { return nil }
        return "the kernel gives no user namespace here, so steps are not kept from this machine's devices; "
            + "they are with another runtime: apt-get install runc"
    }

    /// The network of a build's own, made when the first process needs it.
    private func network() async throws -> NetworkChoice {
        let location = try location()
        return try await networks.value(for: "") {
            let shared = "steps that ask for no other network have this machine's, and with it all that listens here"
            guard let program = BuildNetwork.findProgram() else {
                return NetworkChoice(
                    network: nil, weakness: "\(shared); one of their own takes slirp4netns: apt-get install slirp4netns"
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

/// What happens while a process runs.
package enum ExecutionEvent: Sendable {
    /// It is about to be started.
    case starting
    case output(StandardStream, [UInt8])
    /// Something that it is not kept from, or cannot have, on this machine.
    case warning(String)
}
