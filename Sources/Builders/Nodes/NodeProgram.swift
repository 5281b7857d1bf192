internal import OCI
internal import Processes

/// A program that manages nodes: docker or kubectl, with the flags for a certain engine or cluster.
struct NodeProgram: Sendable {
    let name: String
    let flags: [String]
    /// Advice for when the program is missing.
    let advice: String

    /// Runs the program.
    ///
    /// - Parameter attempt: The purpose, for errors, such as "cannot start the node b0".
    /// - Returns: What it wrote to standard output, without the newline at the end.
    /// - Throws: ``ImageError`` with the last line of its messages if it fails; `CancellationError`.
    @discardableResult
    func run(
        _ arguments: [String], _ attempt: String, input: [UInt8] = [], environment: [String: String] = [:],
        limit: Duration? = nil
    ) async throws -> String {
        let result: ProgramResult
        do {
            result = try await Processes.run(
                program: name, arguments: flags + arguments, input: input, environment: environment, timeLimit: limit)
        } catch let error as ProcessError {
            if case .notFound = error { throw ImageError(.failed, attempt, "\(error)", advice: advice) }
            throw ImageError(.failed, attempt, "\(error)")
        }
        let output = String(decoding: result.output, as: UTF8.self)
        guard result.succeeded else {
            let lines = String(decoding: result.errorOutput, as: UTF8.self).split(separator: "\n")
            let message = lines.last { !$0.isEmpty } ?? "\(result.ending)"
            throw ImageError(.failed, attempt, "\(name) says: \(message)")
        }
        return output.hasSuffix("\n") ? String(output.dropLast()) : output
    }
}
