internal import CSandbox
internal import FileSystem
internal import Glibc
package import OCI
package import Processes

/// Runs the programs of a build's steps, each in a container of its own.
///
/// In any case, even if this process is killed, a step leaves nothing but the files that it changed: no process, mount,
/// control group or container state.
package struct Sandbox: Sendable {
    private let runtime: OCIRuntime
    private let location: SandboxLocation
    private let network: BuildNetwork?
    private let group: ControlGroup?

    /// - Parameter network: The network for ``SandboxSpec/Network/own``.
    package init(runtime: OCIRuntime, location: SandboxLocation, network: BuildNetwork? = nil) {
        self.init(runtime: runtime, location: location, network: network, group: nil)
    }

    /// - Parameter group: The control group that has all processes of the step.
    init(runtime: OCIRuntime, location: SandboxLocation, network: BuildNetwork?, group: ControlGroup?) {
        self.runtime = runtime
        self.location = location
        self.network = network
        self.group = group
    }

    /// Checks that this process can make sandboxes, which requires root or a user namespace.
    ///
    /// - Throws: ``ImageError`` with the reason.
    package static func check() throws(ImageError) {
        if csandbox_may_administrate() != 0 { return }
        throw ImageError(
            .failed, "cannot run programs", UserNamespace.shortcoming?.reason ?? "this process has no CAP_SYS_ADMIN",
            advice: UserNamespace.shortcoming?.advice)
    }

    /// Runs an interactive program with this process's standard streams.
    ///
    /// - Throws: ``ImageError`` if the program could not be started; `CancellationError`.
    package func converse(_ spec: SandboxSpec) async throws -> ProgramResult.Ending {
        try await SandboxSupervisor.run(
            SandboxTask(folder: location.folder, work: .step(spec, runtime)), program: location.program,
            sharesTerminal: true,
            network: network, group: group)
    }

    /// Runs a step to its end. Cancelling the task kills it at once.
    ///
    /// - Parameter output: Called from one thread with the step's output as it arrives. A slow consumer blocks the
    ///   step.
    /// - Returns: The way the program ended; a status other than 0 is not an error.
    /// - Throws: ``ImageError`` if the program could not be started; `CancellationError`.
    package func run(
        _ spec: SandboxSpec, output: @escaping @Sendable (StandardStream, [UInt8]) -> Void
    ) async throws -> ProgramResult.Ending {
        try await SandboxSupervisor.run(
            SandboxTask(folder: location.folder, work: .step(spec, runtime)), program: location.program,
            network: network, group: group, output: output)
    }
}

/// The folder for sandboxes, and the program that creates them.
package struct SandboxLocation: Sendable, Hashable {
    /// A folder that stays empty: each sandbox covers it with a private file system in memory.
    let folder: String
    /// The program to start again as a sandbox. It must call ``SandboxProcess/runIfAsked(_:)`` first of all.
    let program: String

    /// - Parameters:
    ///   - folder: An absolute path; it is created. It must not contain layers, mounts or other files of steps.
    ///   - program: By default this program itself.
    /// - Throws: ``ImageError``.
    package init(folder: String, program: String = "/proc/self/exe") throws(ImageError) {
        do {
            try Folder.create(folder, permissions: 0o700)
        } catch {
            throw ImageError(.failed, "cannot create the folder for sandboxes", error.description)
        }
        self.folder = folder
        self.program = program
    }
}
