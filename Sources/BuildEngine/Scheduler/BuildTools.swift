internal import Concurrency
internal import FileSystem
internal import Glibc
internal import OCI

/// The programs of this machine that steps are run with, found when the first step needs them.
package final class BuildTools: Sendable {
    private let chosen: String?
    private let folder: String
    private let runtimes = SingleFlight<String, OCIRuntime>()
    private let emulators = Guarded<Emulators?>(nil)
    private let overlays = SingleFlight<String, Bool>()

    /// - Parameters:
    ///   - folder: The workspace's.
    ///   - runtime: What `--oci-runtime` says.
    package init(folder: String, runtime: String? = nil) {
        self.folder = folder
        chosen = runtime
    }

    func place() throws(ImageError) -> SandboxPlace { try SandboxPlace(folder: "\(folder)/sandbox") }

    /// A sandbox to run a step in.
    func sandbox() async throws -> Sandbox {
        let place = try place()
        let (chosen, record) = (chosen, "\(folder)/runtime.json")
        let runtime = try await runtimes.value(for: "") {
            try await OCIRuntime.find(chosen: chosen, record: record, at: place)
        }
        return Sandbox(runtime: runtime, place: place)
    }

    /// Whether layers are joined by overlayfs; else they are copied together.
    ///
    /// That they can be is remembered. `IMGTOOL_SNAPSHOTS=copy` says that they are not to be.
    func joinsLayers() async throws -> Bool {
        if let choice = getenv("IMGTOOL_SNAPSHOTS"), strcmp(choice, "copy") == 0 { return false }
        let (place, folder, record) = (try place(), "\(folder)/tmp", "\(folder)/overlay")
        return try await overlays.value(for: "") {
            if access(record, F_OK) == 0 { return true }
            // Locked, or another build that starts would take what is tried for a leftover.
            let trial = try TemporaryPlace(in: folder)
            defer { trial.remove() }
            guard try await OverlaySupport.find(in: trial.path, at: place) == .available else { return false }
            try? File.replace(record, with: [])
            return true
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
}
