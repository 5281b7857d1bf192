internal import Concurrency
internal import Foundation

/// Another process that holds an advisory lock on a file or folder until it is killed.
package final class LockHolder: Sendable {
    private let process: Guarded<Process>

    /// Returns when the lock is held and the commands have run.
    package init(of path: String, after commands: String = ":") throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["flock", "--no-fork", path, "sh", "-c", "\(commands); echo held; exec sleep 600"]
        process.standardOutput = output
        try process.run()
        _ = try output.fileHandleForReading.read(upToCount: 1)
        self.process = Guarded(process)
    }

    package func kill() {
        process.withLock { process in
            guard process.isRunning else { return }
            Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    deinit { kill() }
}
