internal import FileSystem
internal import Glibc
package import OCI
internal import Processes

/// Determines, once for each architecture, how this machine executes its programs.
package actor Emulators {
    private let location: SandboxLocation
    private let folders: [String]
    private var known: [Architecture: Emulation] = [:]

    /// - Parameter folders: The folders to search for emulators; by default `PATH`, `/usr/bin` and `/usr/local/bin`.
    package init(at location: SandboxLocation, folders: [String]? = nil) {
        self.location = location
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        self.folders =
            folders
            ?? path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") } + [
                "/usr/bin", "/usr/local/bin",
            ]
    }

    /// The way to execute the programs of a platform.
    ///
    /// - Throws: ``ImageError`` with the package to install if there is none; `CancellationError`.
    package func emulation(for platform: Platform) async throws -> Emulation {
        let platform = platform.normalized
        if platform.os == "linux", platform.architecture == Platform.host.architecture { return .native }
        guard platform.os == "linux", let architecture = Architecture(rawValue: platform.architecture) else {
            throw ImageError(
                .failed, "cannot run programs of \(platform)", "there is no emulator for it",
                advice: "run its steps on $BUILDPLATFORM and cross-compile")
        }
        if let emulation = known[architecture] { return emulation }
        let emulation = try await find(architecture, platform)
        known[architecture] = emulation
        return emulation
    }

    private func find(_ architecture: Architecture, _ platform: Platform) async throws -> Emulation {
        if try await ForeignProgram.runs(architecture) {
            return Self.sharesProcessor(architecture) ? .native : .registered
        }
        let name = "qemu-\(architecture.emulatorName)-static"
        let candidates = folders.map { folder in "\(folder)/\(name)" }
        guard let emulator = candidates.first(where: { access($0, X_OK) == 0 }) else {
            throw ImageError(
                .failed, "cannot run programs of \(platform)", "this machine neither runs them nor has \(name)",
                advice: "apt-get install qemu-user-static, or run the steps on $BUILDPLATFORM and cross-compile")
        }
        let work = SandboxTask.Work.emulatorTrial(emulator: emulator, architecture)
        let ending = try await SandboxSupervisor.run(
            SandboxTask(folder: location.folder, work: work), program: location.program)
        guard ending == .exited(status: 0) else {
            throw ImageError(
                .failed, "cannot run programs of \(platform)",
                "under \(emulator) the smallest one ended with \(ending)",
                advice: "install a newer qemu-user-static")
        }
        return .ofStep(emulator: emulator, architecture)
    }

    /// Returns true if this machine's processor may be able to run the other architecture's programs itself.
    private static func sharesProcessor(_ architecture: Architecture) -> Bool {
        ["amd64": .i386, "arm64": .arm][Platform.host.architecture] == architecture
    }
}
