internal import ImageTools
internal import OCI

extension BuildObserver {
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
