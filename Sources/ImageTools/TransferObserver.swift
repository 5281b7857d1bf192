package import OCI

/// Is told what is moved and what is odd, while it happens. Called from any task.
package protocol TransferObserver: Sendable {
    /// Some content is about to be moved.
    func begin(_ descriptor: Descriptor, _ kind: TransferKind, to destination: String) -> any TransferTicket
    /// An image is waited for, until the ticket ends.
    func wait(for image: Reference) -> any TransferTicket
    /// Something that the user should know of.
    func warn(_ text: String)
}

/// What is moved.
package enum TransferKind: String, Sendable {
    case manifest, config, layer, blob
}

/// One transfer under way.
package protocol TransferTicket: Sendable {
    /// More bytes have come through.
    func advance(by bytes: Int)
    /// The transfer is over; exactly one call ends it.
    func end(_ result: Result<BlobPlacement, any Error>)
}
