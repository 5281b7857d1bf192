internal import Concurrency
package import OCI

/// The result of a copy at one destination.
package struct CopyResult: Sendable {
    /// The destination with the digest that it has now.
    package let reference: Reference
    package let content: Descriptor
    /// The digest of what was copied, before it got another form.
    package let source: Digest
    /// The previous target of the tag; `nil` if it is new, or was not looked up.
    package let previous: Digest?
    /// The numbers of blobs.
    package let transfers: TransferCount

    package var isChanged: Bool { previous != content.digest }
}

/// The numbers of blobs by the way they came into the destination.
package struct TransferCount: Sendable, Hashable {
    package var written = 0
    package var mounted = 0
    package var existed = 0
    /// Bytes of those that were written.
    package var bytes: Int64 = 0

    fileprivate mutating func add(_ placement: BlobPlacement, of size: Int64) {
        switch placement {
        case .existed: existed += 1
        case .mounted: mounted += 1
        case .written:
            written += 1
            bytes += size
        }
    }
}

/// Counts the blobs that go to each destination, for somebody else who watches.
final class TransferCounter: TransferObserver {
    private let observer: any TransferObserver
    private let counts = Guarded<[String: TransferCount]>([:])

    init(_ observer: any TransferObserver) {
        self.observer = observer
    }

    /// - Parameter destination: The name of a store.
    subscript(destination: String) -> TransferCount { counts.withLock { $0[destination] } ?? TransferCount() }

    func begin(_ descriptor: Descriptor, _ kind: TransferKind, to destination: String) -> any TransferTicket {
        let ticket = observer.begin(descriptor, kind, to: destination)
        if kind == .manifest { return ticket }
        let counts = counts
        return CountedTicket(ticket: ticket) { placement in
            counts.withLock { $0[destination, default: TransferCount()].add(placement, of: descriptor.size) }
        }
    }

    func wait(for image: Reference) -> any TransferTicket { observer.wait(for: image) }
    func note(_ text: String) { observer.note(text) }
    func warn(_ text: String) { observer.warn(text) }
}

/// One transfer that is counted when it has succeeded.
private struct CountedTicket: TransferTicket {
    let ticket: any TransferTicket
    let count: @Sendable (BlobPlacement) -> Void

    func advance(by bytes: Int) { ticket.advance(by: bytes) }

    func end(_ result: Result<BlobPlacement, any Error>) {
        if case .success(let placement) = result { count(placement) }
        ticket.end(result)
    }
}
