internal import Concurrency
internal import Glibc
internal import Subprocess
internal import SystemPackage

/// Runs a program whose standard input and output are one socket, and `body` with the other end of that. After `body`, the
/// program and all that belongs to its process group are ended.
///
/// - Parameters:
///   - program: A name to look up on the `PATH`, or a path with a slash.
///   - arguments: The arguments after the program's name. Other users can read them, so they must not hold secrets.
///   - additions: Variables to add to, or replace in, the environment of this process.
///   - body: Takes over the socket, and gets the last 4 KiB of what the program has written to its standard error.
/// - Throws: ``ProcessError`` if the program cannot be started; the error of `body`; `CancellationError`.
package func converse<Result: Sendable>(
    with program: String, arguments: [String], environment additions: [String: String] = [:],
    _ body: @escaping @Sendable (_ socket: Int32, _ errorOutput: ErrorOutput) async throws -> Result
) async throws -> Result {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
        throw ProcessError.notRun(program: program, reason: String(cString: strerror(errno)))
    }
    let (near, far) = (ends[0], FileDescriptor(rawValue: ends[1]))
    // Only the program may hold this end, so that its end is seen here.
    let farEnd = Guarded<FileDescriptor?>(far)
    @Sendable func closeFarEnd() { _ = try? farEnd.withLock { $0.take() }?.close() }
    defer { closeFarEnd() }
    let launch = Launch(program: program, arguments: arguments, input: [], additions: additions, outputLimit: 0)
    // The body closes the socket, unless it never runs.
    let isTaken = Guarded(false)
    defer { if !isTaken.withLock({ $0 }) { close(near) } }
    do {
        return try await Subprocess.run(
            launch.executable, arguments: Arguments(arguments), environment: launch.environment,
            platformOptions: launch.options, input: .fileDescriptor(far, closeAfterSpawningProcess: false),
            output: .fileDescriptor(far, closeAfterSpawningProcess: false), error: .sequence
        ) { execution in
            closeFarEnd()
            let output = ErrorOutput()
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { output.complete() }
                    for try await buffer in execution.standardError { buffer.withUnsafeBytes { output.append($0) } }
                }
                isTaken.withLock { $0 = true }
                do {
                    let result = try await body(near, output)
                    await execution.teardown(using: Launch.ending)
                    return result
                } catch {
                    await execution.teardown(using: Launch.ending)
                    throw error
                }
            }
        }.closureResult
    } catch {
        throw launch.translate(error)
    }
}

extension Launch {
    /// Killed after a second.
    fileprivate static let ending = [
        TeardownStep.send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
    ]
}
