internal import Concurrency
internal import Executor
internal import FileSystem
internal import Glibc
internal import OCI
internal import Snapshots

/// The programs of this machine that steps are run with, and what it can do, found out when the first step needs it.
///
/// What works is remembered for later builds, as long as what it depends on is the same, and tried again when a step could
/// not be run with it.
package final class BuildTools: Sendable {
    private let chosen: String?
    private let folder: String
    private let runtimes = SingleFlight<String, OCIRuntime.Choice>()
    private let emulators = Guarded<Emulators?>(nil)
    private let overlays = SingleFlight<String, OverlayChoice>()
    private let trials = SingleFlight<String, Bool>()
    private let networks = SingleFlight<String, NetworkChoice>()

    /// The network of steps that ask for none in particular.
    struct NetworkChoice: Sendable {
        /// `nil` where they have this machine's.
        let network: BuildNetwork?
        /// What is wrong with that.
        let weakness: String?
    }

    private struct OverlayChoice: Sendable, Hashable {
        let joinsLayers: Bool
        /// Whether an earlier build has tried it, and not this one.
        let isRemembered: Bool
    }

    /// - Parameters:
    ///   - folder: The workspace's.
    ///   - runtime: What `--oci-runtime` says.
    package init(folder: String, runtime: String? = nil) {
        self.folder = folder
        chosen = runtime
    }

    func place() throws(ImageError) -> SandboxLocation { try SandboxLocation(folder: "\(folder)/sandbox") }

    /// A sandbox to run a step in.
    func sandbox(in network: BuildNetwork? = nil) async throws -> Sandbox {
        Sandbox(runtime: try await runtime().runtime, place: try place(), network: network)
    }

    /// The network of a build's own, made when the first step needs it.
    func network() async throws -> NetworkChoice {
        let place = try place()
        return try await networks.value(for: "") {
            let shared = "steps that ask for no other network have this machine's, and with it all that listens here"
            guard let program = BuildNetwork.findProgram() else {
                return NetworkChoice(
                    network: nil, weakness: "\(shared); one of their own takes slirp4netns: apt-get install slirp4netns"
                )
            }
            do {
                let network = try await OwnThread.run { try BuildNetwork(joining: program, at: place) }
                return NetworkChoice(network: network, weakness: nil)
            } catch let error as ImageError {
                return NetworkChoice(network: nil, weakness: "\(shared): \(error.attempt): \(error.reason)")
            }
        }
    }

    /// What steps are not kept from on this machine, and why; `nil` when their sandboxes are all that they should be.
    func weakness() async throws -> String? {
        let runtime = try await runtime().runtime
        // Unlike others, runc keeps what a step's mounts forbid also when they are not locked.
        if runtime.locksMounts || runtime.name.contains("runc") { return nil }
        return "the kernel gives no user namespace here, so steps are not kept from this machine's devices; "
            + "they are with another runtime: apt-get install runc"
    }

    /// Whether layers are joined by overlayfs; else they are copied together.
    ///
    /// `IMGTOOL_SNAPSHOTS=copy` says that they are not to be joined.
    func joinsLayers() async throws -> Bool {
        if let choice = getenv("IMGTOOL_SNAPSHOTS"), strcmp(choice, "copy") == 0 { return false }
        return try await overlay().joinsLayers
    }

    /// Tries again what earlier builds have found to work, if this one has relied on that.
    ///
    /// To be called when a step could not be run.
    /// - Returns: Whether something turned out to be different.
    func tryAgain() async throws -> Bool {
        try await trials.value(for: "") {
            let (runtime, overlay) = (try await self.runtime(), try await self.overlay())
            var isDifferent = false
            if runtime.isRemembered {
                await self.runtimes.forget("")
                isDifferent = try await self.runtime(triesAgain: true).runtime != runtime.runtime
            }
            if overlay.isRemembered {
                await self.overlays.forget("")
                isDifferent = try await self.overlay(triesAgain: true).joinsLayers != overlay.joinsLayers || isDifferent
            }
            return isDifferent
        }
    }

    /// How the programs of a platform are executed.
    func emulation(for platform: Platform) async throws -> Emulation {
        let place = try place()
        let emulators = emulators.withLock { known in
            let emulators = known ?? Emulators(at: place)
            known = emulators
            return emulators
        }
        return try await emulators.emulation(for: platform)
    }

    private func runtime(triesAgain: Bool = false) async throws -> OCIRuntime.Choice {
        let (chosen, record, place) = (chosen, "\(folder)/runtime.json", try place())
        return try await runtimes.value(for: "") {
            try await OCIRuntime.choose(chosen, record: record, at: place, triesAgain: triesAgain)
        }
    }

    private func overlay(triesAgain: Bool = false) async throws -> OverlayChoice {
        let (place, folder, path) = (try place(), "\(folder)/tmp", "\(folder)/overlay")
        return try await overlays.value(for: "") {
            let traits = [MachineTraits.ofProcess, MachineTraits.ofFileSystem(folder)].joined(separator: "\n")
            let record = MachineRecord(path: path, traits: traits)
            if !triesAgain, record.value != nil { return OverlayChoice(joinsLayers: true, isRemembered: true) }
            // Locked, or another build that starts would take what is tried for a leftover.
            let trial = try ScratchFolder(in: folder)
            defer { trial.remove() }
            guard try await OverlaySupport.find(in: trial.path, at: place) == .available else {
                record.forget()
                return OverlayChoice(joinsLayers: false, isRemembered: false)
            }
            record.remember("available")
            return OverlayChoice(joinsLayers: true, isRemembered: false)
        }
    }
}
