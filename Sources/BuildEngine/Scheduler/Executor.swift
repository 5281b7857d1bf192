package import Executor
package import OCI
package import Processes

/// Runs one process in a root file system (BuildKit's `executor.Executor`).
package protocol Executor: Sendable {
    /// How the programs of a platform are executed on this machine.
    ///
    /// - Throws: ``OCI/ImageError`` when they cannot be.
    func emulation(for platform: Platform) async throws -> Emulation

    /// Runs a process to its end. A cancelled task kills it at once.
    ///
    /// - Parameter note: Is told what happens meanwhile. A process that writes more than it takes is made to wait.
    /// - Returns: How the process ended; a status other than 0 is a result.
    /// - Throws: ``OCI/ImageError`` when the process could not be started; `CancellationError`.
    func run(
        _ process: SandboxSpec, note: @escaping @Sendable (ExecutionEvent) -> Void
    ) async throws -> ProgramResult.Ending

    /// Runs a process that a person talks to, with this process's standard streams.
    ///
    /// - Throws: As ``run(_:note:)``.
    func converse(_ process: SandboxSpec) async throws -> ProgramResult.Ending

    /// Checks whether what earlier builds have found out about this machine still holds, if this build has relied on it.
    ///
    /// - Returns: Whether something has changed, so that another attempt may succeed.
    func checkAgain() async throws -> Bool
}

extension SandboxExecutor: Executor {}
