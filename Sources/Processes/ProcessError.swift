/// Why a program gave no result.
package enum ProcessError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No file of that name on the `PATH` can be executed.
    case notFound(program: String)
    /// It could not be started, or its end could not be awaited.
    case notRun(program: String, reason: String)
    /// It did not end in time and was killed.
    case timedOut(program: String, limit: Duration)
    /// It wrote more than was asked for, in bytes, and was killed.
    case tooMuchOutput(program: String, limit: Int)

    package var description: String {
        switch self {
        case .notFound(let program): "there is no program \(program) on the PATH"
        case .notRun(let program, let reason): "\(program) could not be run: \(reason)"
        case .timedOut(let program, let limit): "\(program) did not finish within \(limit)"
        case .tooMuchOutput(let program, let limit): "\(program) wrote more than \(limit) bytes"
        }
    }
}
