internal import ArgumentParser
internal import BuildEngine
internal import Executor
internal import FileSystem
internal import Glibc
internal import OCI
internal import Processes

/// The entry point: parses the arguments, runs a command, and turns the result into an exit status.
@main
enum Main {
    static func main() {
        StandardStreams.open()
        // Steps of a build run in this program, started again.
        if let status = SandboxProcess.runIfAsked(ProgramArguments.all) { _exit(status) }
        if let problem = OpenFileLimit.raise() {
            StandardError.write(line: "imgtool: \(problem)")
            _exit(ExitStatus.failed.rawValue)
        }
        ProcessFiles.provide()
        let arguments = ImgtoolCommand.normalized(ImgtoolCommand.words)
        if OwnerNeed.isLikely(arguments) { UserNamespace.enterIfNeeded() }
        signal(SIGPIPE, SIG_IGN)
        Interruption.blockSignals()
        Interruption.begin {
            let status = await run(arguments)
            // Nothing is buffered, and the kernel frees resources faster than the libraries would.
            _exit(status)
        }
        Interruption.waitForSignals()
    }

    private static func run(_ arguments: [String]) async -> Int32 {
        do {
            var command = try ImgtoolCommand.parsed(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try ProcessFiles.require(for: "cannot run imgtool \(arguments.first ?? "")")
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            return finish(error)
        }
    }

    /// Reports an error.
    ///
    /// - Returns: The exit status.
    private static func finish(_ error: any Error) -> Int32 {
        if let signal = Interruption.received {
            StandardError.write(
                line: "imgtool: interrupted; what was finished stays, and running it again goes on from there")
            return 128 + signal
        }
        if ImgtoolCommand.exitCode(for: error) == .success {
            // Help or the version was requested.
            do {
                try StandardOutput.write(ImgtoolCommand.fullMessage(for: error) + "\n")
                return 0
            } catch {
                return finish(error)
            }
        }
        if let code = error as? ExitCode { return code.rawValue }
        let status = ExitStatus(of: error)
        switch error {
        case StandardOutput.Failure.closed: return 128 + SIGPIPE
        case is ImageError, is StandardOutput.Failure: StandardError.write(line: "imgtool: \(error)")
        default:
            StandardError.write(
                line: "imgtool: \(ImgtoolCommand.problem(error).split(separator: "\n").joined(separator: " "))")
        }
        return status.rawValue
    }
}

/// Guesses from the arguments whether a command will handle files of many owners, or mount them: builds, and commands for
/// their cache. Ordinary users need a user namespace for that.
enum OwnerNeed {
    static func isLikely(_ arguments: [String]) -> Bool {
        (arguments.first == BuildCommand.configuration.commandName
            || ["builder du", "builder prune"].contains(arguments.prefix(2).joined(separator: " ")))
            && !arguments.contains { $0 == "--help" || $0 == "-h" }
    }
}
