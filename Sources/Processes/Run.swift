internal import Subprocess
internal import SystemPackage

/// Runs a program to its end, without a shell.
///
/// The program gets a process group of its own. The whole group is killed on a timeout, too much output or
/// cancellation.
///
/// - Parameters:
///   - program: A name to look up on the `PATH` of the program's environment, or a path with a slash.
///   - arguments: The arguments after the program's name. Other users can read them, so they must not hold secrets.
///   - input: The whole standard input, at most 64 KiB.
///   - additions: Variables to add to, or replace in, the environment of this process.
///   - timeLimit: The maximum duration; `nil` for no limit.
///   - outputLimit: The maximum size of standard output, in bytes; the same again for standard error.
/// - Returns: The way the program ended and its output. An exit status other than 0 is not an error.
/// - Throws: ``ProcessError``; `CancellationError`.
package func run(
    program: String, arguments: [String] = [], input: [UInt8] = [], environment additions: [String: String] = [:],
    timeLimit: Duration? = nil, outputLimit: Int = 1 << 20
) async throws -> ProgramResult {
    let launch = Launch(
        program: program, arguments: arguments, input: input, additions: additions, outputLimit: outputLimit)
    let result = try await withThrowingTaskGroup(of: ProgramResult.self) { group in
        group.addTask { try await launch.run() }
        if let timeLimit {
            group.addTask {
                try await Task.sleep(for: timeLimit)
                throw ProcessError.timedOut(program: program, limit: timeLimit)
            }
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
    try Task.checkCancellation()
    return result
}

/// A program that is about to be started.
struct Launch: Sendable {
    let program: String
    let arguments: [String]
    let input: [UInt8]
    let additions: [String: String]
    let outputLimit: Int

    func run() async throws -> ProgramResult {
        let standardInput: FilledPipe
        do {
            standardInput = try FilledPipe(input)
        } catch {
            throw ProcessError.notRun(
                program: program, reason: "its \(input.count) bytes of input do not fit into a pipe: \(error)")
        }
        do {
            let result = try await Subprocess.run(
                executable,
                arguments: Arguments(arguments),
                environment: environment,
                platformOptions: options,
                input: .fileDescriptor(standardInput.readEnd, closeAfterSpawningProcess: false),
                output: .bytes(limit: outputLimit),
                error: .bytes(limit: outputLimit))
            standardInput.close()
            return ProgramResult(
                ending: .init(result.terminationStatus), output: result.standardOutput,
                errorOutput: result.standardError)
        } catch {
            standardInput.close()
            throw translate(error)
        }
    }

    var executable: Executable { program.contains("/") ? .path(.init(program)) : .name(program) }

    var environment: Environment {
        var values: [Environment.Key: String?] = [:]
        for (name, value) in additions { values[Environment.Key(stringLiteral: name)] = value }
        return .inherit.updating(values)
    }

    var options: PlatformOptions {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)
        ]
        return options
    }

    func translate(_ error: any Error) -> any Error {
        guard let error = error as? SubprocessError else { return error }
        switch error.code {
        case .executableNotFound: return ProcessError.notFound(program: program)
        case .outputLimitExceeded: return ProcessError.tooMuchOutput(program: program, limit: outputLimit)
        default: return ProcessError.notRun(program: program, reason: error.description)
        }
    }
}

extension ProgramResult.Ending {
    fileprivate init(_ status: TerminationStatus) {
        switch status {
        case .exited(let code): self = .exited(status: code)
        case .signaled(let signal): self = .killed(signal: signal)
        }
    }
}
