internal import CSandbox
internal import Concurrency
internal import FileSystem
internal import Glibc
internal import JSON
internal import OCI
internal import Processes

/// A ``SandboxProcess`` and its supervising thread.
///
/// The kernel kills the process when the thread that started it ends, so that thread does nothing else, and waits for
/// the process.
final class SandboxSupervisor: Sendable {
    typealias Output = @Sendable (StandardStream, [UInt8]) -> Void

    private struct State {
        /// The process until it has been reaped, after which its ID may be reused.
        var process: pid_t?
        var isCancelled = false
    }

    private let program: String
    private let task: SandboxTask
    private let sharesTerminal: Bool
    private let network: BuildNetwork?
    private let group: ControlGroup?
    private let output: Output
    private let state = Guarded(State())

    private init(
        program: String, task: SandboxTask, sharesTerminal: Bool, network: BuildNetwork?, group: ControlGroup?,
        output: @escaping Output
    ) {
        self.program = program
        self.task = task
        self.sharesTerminal = sharesTerminal
        self.network = network
        self.group = group
        self.output = output
    }

    /// Runs such a process to its end. Cancelling the task kills it and all its descendants.
    ///
    /// - Parameters:
    ///   - program: A program that calls ``SandboxProcess/runIfAsked(_:)`` first of all.
    ///   - sharesTerminal: True to give it this process's own standard streams; then there is no output.
    ///   - network: The network that it may join.
    ///   - group: The control group to run it in.
    ///   - output: Called from one thread with the output as it arrives.
    /// - Throws: ``ImageError``; `CancellationError`.
    static func run(
        _ task: SandboxTask, program: String, sharesTerminal: Bool = false, network: BuildNetwork? = nil,
        group: ControlGroup? = nil, output: @escaping Output = { _, _ in }
    ) async throws -> ProgramResult.Ending {
        let supervisor = SandboxSupervisor(
            program: program, task: task, sharesTerminal: sharesTerminal, network: network, group: group,
            output: output)
        return try await withTaskCancellationHandler {
            do {
                return try await OwnThread.run { try supervisor.attend() }
            } catch let error as OwnThread.Refused {
                throw ImageError(.failed, "cannot run the step", error.description)
            } catch {
                // A killed process must not be reported as a failure.
                try Task.checkCancellation()
                throw error
            }
        } onCancel: {
            supervisor.cancel()
        }
    }

    private func cancel() {
        state.withLock { state in
            state.isCancelled = true
            if let process = state.process { kill(process, SIGKILL) }
        }
    }

    // MARK: On the thread

    private func attend() throws(ImageError) -> ProgramResult.Ending {
        let streams = try SandboxStreams(sharesTerminal: sharesTerminal)
        try start(streams)
        streams.closeTheirs()
        do throws(ImageError) {
            // It does nothing before it has its task.
            if let group, let process = state.withLock({ $0.process }) { try group.add(process) }
        } catch {
            cancel()
            _ = reap()
            throw error
        }
        streams.send(task.json.bytes(.compact))
        let answer = streams.readAll(output)
        let own = reap()
        switch (try? JSONValue(parsing: answer)).flatMap(SandboxReply.init(json:)) {
        case .ended(let ending): return ending
        case .failed(let error): throw error
        case nil:
            throw ImageError(
                .failed, "cannot run the step", "the process that sets up its sandbox ended with \(own)")
        }
    }

    private func start(_ streams: SandboxStreams) throws(ImageError) {
        var words: [UnsafeMutablePointer<CChar>?] = [strdup(program), strdup(SandboxProcess.argument), nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        defer { for word in words { free(word) } }
        let failure = state.withLock { state -> Int32 in
            if state.isCancelled { return ECANCELED }
            let descriptors = streams.theirs + (network.map { [$0.descriptor] } ?? [])
            let process = descriptors.withUnsafeBufferPointer {
                csandbox_spawn(program, &words, &environment, $0.baseAddress, Int32($0.count), 1)
            }
            if process < 0 { return errno }
            state.process = process
            return 0
        }
        guard failure != 0 else { return }
        try Sandbox.check()
        throw ImageError(.failed, "cannot set up the sandbox", "\(program): \(String(cString: strerror(failure)))")
    }

    /// Waits until the process and all its descendants have ended.
    private func reap() -> ProgramResult.Ending {
        guard let process = state.withLock({ $0.process }) else { return .exited(status: 0) }
        var information = siginfo_t()
        while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        return state.withLock { state in
            state.process = nil
            var status: Int32 = 0
            waitpid(process, &status, 0)
            let signal = status & 0x7F
            return signal > 0 ? .killed(signal: signal) : .exited(status: status >> 8 & 0xFF)
        }
    }
}
