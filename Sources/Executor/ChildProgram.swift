internal import CSandbox
internal import FileSystem
internal import Glibc
internal import Processes

/// A program started by the sandbox's process; it inherits the standard streams.
enum ChildProgram {
    /// - Returns: The process ID.
    static func start(_ path: String, _ arguments: [String]) throws(FileError) -> pid_t {
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var environment = [strdup("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), nil]
        defer { for word in words + environment { free(word) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, path, nil, nil, &words, &environment)
        guard failure == 0 else { throw FileError(failure, "start", path) }
        return process
    }

    /// Waits for any child process and reaps it.
    static func waitForAny() throws(FileError) -> (process: pid_t, ending: ProgramResult.Ending) {
        var status: Int32 = 0
        var signal: Int32 = 0
        let process = csandbox_wait_any(&status, &signal)
        guard process > 0 else { throw FileError(errno, "wait for", "the step's processes") }
        return (process, signal > 0 ? .killed(signal: signal) : .exited(status: status))
    }
}
