internal import CTestKit
internal import Concurrency
internal import Foundation
internal import Glibc

/// A server process that runs as long as a test needs it, and never longer than the test process.
final class Daemon: Sendable {
    private struct State {
        /// `nil` once the process is gone, so that no signal hits a stranger of the same number.
        var pid: pid_t?
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Guarded(State())

    /// Starts a program, found in `PATH`, with its standard output and standard error appended to two files.
    ///
    /// - Throws: ``TestKitError`` when it cannot be started.
    init(_ arguments: [String], output: String, error: String) async throws {
        let result: Int32 = await withCheckedContinuation { continuation in
            // The kernel ties PR_SET_PDEATHSIG to the thread that has made the child: this one stays until it ends.
            Thread.detachNewThread { [state] in
                var pid: pid_t = 0
                let wrapped = ["setpriv", "--pdeathsig", "KILL"] + arguments
                let result = Self.spawn(wrapped, output: output, error: error, pid: &pid)
                if result == 0 { state.withLock { $0.pid = pid } }
                continuation.resume(returning: result)
                if result == 0 { Self.reap(pid, state) }
            }
        }
        guard result == 0 else { throw TestKitError("cannot start \(arguments[0]): errno \(result)") }
    }

    /// Whether the process has not ended yet.
    var isRunning: Bool { state.withLock { $0.pid != nil } }

    /// Asks the process to end, insists after three seconds, and waits until it is gone.
    func stop() async {
        signal(SIGTERM)
        let insistence = Task {
            try await Task.sleep(for: .seconds(3))
            signal(SIGKILL)
        }
        await withCheckedContinuation { continuation in
            let gone = state.withLock { state in
                if state.pid != nil { state.waiting.append(continuation) }
                return state.pid == nil
            }
            if gone { continuation.resume() }
        }
        insistence.cancel()
    }

    /// Kills the process without waiting.
    func kill() { signal(SIGKILL) }

    private func signal(_ number: Int32) {
        state.withLock { state in
            if let pid = state.pid { _ = Glibc.kill(pid, number) }
        }
    }

    private static func reap(_ pid: pid_t, _ state: Guarded<State>) {
        var information = siginfo_t()
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        let waiting = state.withLock { state in
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            state.pid = nil
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    private static func spawn(_ arguments: [String], output: String, error: String, pid: inout pid_t) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let append = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, append, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, error, append, 0o600)
        ctestkit_close_from(&actions, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads of the test process may block signals, and the child would inherit that.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var environment = [strdup("PATH=/usr/local/bin:/usr/bin:/bin"), strdup("HOME=/"), nil]
        defer { for word in words + environment { free(word) } }
        return posix_spawnp(&pid, arguments[0], &actions, &attributes, &words, &environment)
    }
}
