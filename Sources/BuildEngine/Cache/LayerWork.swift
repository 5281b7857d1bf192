package import ImageTools
internal import OCI
internal import Snapshots

/// Work on the results of steps, during the build or afterwards.
package enum LayerWork: Sendable, Hashable {
    /// Packing the layer of a step into a blob, with progress by the size of the archive.
    case packing(step: Int)
    /// Writing the layer of a step to a folder, for another step that needs its files.
    case writing(step: Int)
    /// Writing the files of the result to an output: a folder, or an archive with progress. `-` is standard output.
    case exporting(to: String, isArchive: Bool)
}

/// Observes work on layers that may take a while. Called from any task.
package protocol LayerObserver: Sendable {
    /// Work on a layer begins.
    ///
    /// - Parameter size: Returns the approximate number of bytes; only called if the work is shown.
    /// - Returns: `nil` if it is not shown.
    func begin(_ work: LayerWork, size: () -> Int64) -> (any TransferTicket)?
}

extension LayerObserver {
    /// Reports work on files to an observer.
    ///
    /// - Parameters:
    ///   - work: `nil` for unreported work.
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
