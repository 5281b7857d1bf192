internal import FileSystem
internal import Glibc
package import OCI
package import Processes

/// Runs the programs of a build's steps, each in a container of its own.
///
/// Whatever happens, to this process too, a step leaves nothing but the files it changed: no process, mount, control
/// group or state of the container runtime.
package struct Sandbox: Sendable {
    private let runtime: OCIRuntime
    private let place: SandboxLocation
    private let network: BuildNetwork?

    /// - Parameter network: The one of steps whose network is ``SandboxSpec/Network/own``.
    package init(runtime: OCIRuntime, place: SandboxLocation, network: BuildNetwork? = nil) {
        self.runtime = runtime
        self.place = place
        self.network = network
    }

    /// Runs a program that a person talks to, with this process's standard streams.
    ///
    /// - Throws: ``ImageError`` when the program could not be started; `CancellationError`.
    package func converse(_ spec: SandboxSpec) async throws -> ProgramResult.Ending {
        try await SandboxSupervisor.run(
            SandboxTask(folder: place.folder, work: .step(spec, runtime)), program: place.program, sharesTerminal: true,
            network: network)
    }

    /// Runs a step to its end. A cancelled task kills it at once.
    ///
    /// - Parameter output: Is given what the step writes, as it writes it. It is called from one thread, and a step that
    ///   writes more than it takes is made to wait.
    /// - Returns: How the step's program ended; a status other than 0 is a result.
    /// - Throws: ``ImageError`` when the program could not be started; `CancellationError`.
    package func run(
        _ spec: SandboxSpec, output: @escaping @Sendable (StandardStream, [UInt8]) -> Void
    ) async throws -> ProgramResult.Ending {
        try await SandboxSupervisor.run(
            SandboxTask(folder: place.folder, work: .step(spec, runtime)), program: place.program, network: network,
            output: output)
    }
}

/// Where sandboxes are made, and by which program.
package struct SandboxLocation: Sendable, Hashable {
    /// A folder that stays empty: each sandbox covers it with a file system of memory that only it sees.
    let folder: String
    /// The program that is started again to make a sandbox. Its first deed is ``SandboxProcess/runIfAsked(_:)``.
    let program: String

    /// - Parameters:
    ///   - folder: An absolute path; it is created. No layer, mount or other file of a step may be in it.
    ///   - program: By default this program itself.
    /// - Throws: ``ImageError``.
    package init(folder: String, program: String = "/proc/self/exe") throws(ImageError) {
        do {
            try Folder.create(folder, permissions: 0o700)
        } catch {
            throw ImageError(.failed, "cannot make a place for sandboxes", error.description)
        }
        self.folder = folder
        self.program = program
    }
}
