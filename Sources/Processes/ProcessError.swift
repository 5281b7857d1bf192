/// A program that gave no result.
package enum ProcessError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The `PATH` has no executable file of this name.
    case notFound(program: String)
    /// The program could not be started or waited for.
    case notRun(program: String, reason: String)
    /// The program exceeded its time limit and was killed.
    case timedOut(program: String, limit: Duration)
    /// The program exceeded its output limit, in bytes, and was killed.
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
