package import Executor
package import OCI
package import Processes

/// Runs one process in a root file system (BuildKit's `executor.Executor`).
package protocol Executor: Sendable {
    /// The way to execute the programs of a platform on this machine.
    ///
    /// - Throws: ``OCI/ImageError`` if there is none.
    func emulation(for platform: Platform) async throws -> Emulation

    /// Runs a process to its end. Cancelling the task kills it at once.
    ///
    /// - Parameter note: Called with events of the process. A slow consumer of output blocks the process.
    /// - Returns: The way the process ended; a status other than 0 is not an error.
    /// - Throws: ``OCI/ImageError`` if the process could not be started; `CancellationError`.
    func run(
        _ process: SandboxSpec, note: @escaping @Sendable (ExecutionEvent) -> Void
    ) async throws -> ProgramResult.Ending

    /// Runs an interactive process with this process's standard streams.
    ///
    /// - Throws: See ``run(_:note:)``.
    func converse(_ process: SandboxSpec) async throws -> ProgramResult.Ending

    /// Checks saved findings about this machine again if this build has relied on them.
    ///
    /// - Returns: True if the result has changed, so that another attempt may succeed.
    func checkAgain() async throws -> Bool
}

extension SandboxExecutor: Executor {}
