package import ImageTools
internal import OCI
internal import Snapshots

/// Work on what steps have made, beside the steps and after them.
package enum LayerWork: Sendable, Hashable {
    /// The layer of a step becomes a blob; its archive is counted.
    case packing(step: Int)
    /// The layer of a step becomes a folder, because another step needs its files.
    case writing(step: Int)
    /// The files of the result go to where an output wants them: into a folder, or into an archive, which is counted.
    /// `-` is standard output.
    case exporting(to: String, isArchive: Bool)
}

/// Is told of work on layers that may take a while. Called from any task.
package protocol LayerObserver: Sendable {
    /// Work on a layer begins.
    ///
    /// - Parameter size: The number of bytes to move, about. It is asked for only where somebody looks.
    /// - Returns: `nil` when nobody does.
    func begin(_ work: LayerWork, size: () -> Int64) -> (any TransferTicket)?
}

extension LayerObserver {
    /// Shows work on files while it lasts.
    ///
    /// - Parameters:
    ///   - work: `nil` for work that nobody is told of.
    ///   - content: The files.
    func showing<Result>(
        _ work: LayerWork?, of content: LayerContent, _ operation: ((any TransferTicket)?) async throws -> Result
    ) async throws -> Result {
        guard let work, let ticket = begin(work, size: { content.archiveSize }) else { return try await operation(nil) }
        do {
            let result = try await operation(ticket)
            ticket.end(.success(.written))
            return result
        } catch {
            ticket.end(.failure(error))
            throw error
        }
    }
}
