internal import Concurrency
package import OCI

/// Puts blobs into several destinations at once, so that each blob is read once. Shared by the copiers to these
/// destinations.
package final class SharedTransfers: Sendable {
    private let destinations: [any ImageDestination]
    private let blobs = SingleFlight<Digest, [String: ImageError]>()
    private let limit = AsyncLimiter(limit: 6)

    /// - Parameter destinations: Destinations that need sequential writes are ignored.
    package init(to destinations: [any ImageDestination]) {
        self.destinations = destinations.filter { !($0 is any StreamDestination) }
    }

    /// Puts a blob into all destinations.
    ///
    /// - Parameter destination: The name of the one that counts.
    /// - Throws: ``ImageError`` if it failed there.
    func copy(_ blob: NewBlob, to destination: String, observer: any TransferObserver) async throws {
        let failures = try await blobs.value(for: blob.content.descriptor.digest) {
            try await self.limit.run { try await self.put(blob, observer) }
        }
        if let failure = failures[destination] { throw failure }
    }

    /// - Returns: The failures by the name of the destination.
    private func put(_ blob: NewBlob, _ observer: any TransferObserver) async throws -> [String: ImageError] {
        let tee = BlobTee(readers: destinations.count) { try await blob.content.raw(from: 0) }
        return try await withThrowingTaskGroup(of: (String, ImageError)?.self) { group in
            for (reader, destination) in destinations.enumerated() {
                group.addTask {
                    let hasJoined = Guarded(false)
                    let content = blob.content.reading { offset in
                        // A second attempt, or one that continues, reads the original.
                        let isFirst = hasJoined.withLock { joined in
                            defer { joined = joined || offset == 0 }
                            return !joined && offset == 0
                        }
                        return isFirst ? await tee.join(reader) : try await blob.content.raw(from: offset)
                    }
                    do {
                        try await blob.with(content).put(into: destination, observer)
                    } catch {
                        await tee.leave(reader, hasJoined: hasJoined.withLock { $0 })
                        guard let failure = error as? ImageError else { throw error }
                        return (destination.name, failure)
                    }
                    await tee.leave(reader, hasJoined: hasJoined.withLock { $0 })
                    return nil
                }
            }
            return try await group.reduce(into: [:]) { failures, failure in
                if let (destination, error) = failure { failures[destination] = error }
            }
        }
    }
}

extension NewBlob {
    fileprivate func with(_ content: BlobContent) -> NewBlob { NewBlob(content, kind, from: origin) }

    /// Puts the blob into a destination, unless it is there.
    @discardableResult
    func put(into destination: any ImageDestination, _ observer: any TransferObserver) async throws -> BlobPlacement {
        let ticket = observer.begin(content.descriptor, kind, to: destination.name)
        do {
            let placement = try await destination.put(
                content.reporting { ticket.advance(by: $0) }, mountingFrom: origin)
            ticket.end(.success(placement))
            return placement
        } catch {
            let error = (error as? ImageError)?.inside ?? error
            ticket.end(.failure(error))
            throw error
        }
    }
}
