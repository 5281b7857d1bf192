package import OCI

/// Observes transfers and irregularities as they happen. Called from any task.
package protocol TransferObserver: Sendable {
    /// A transfer is about to start.
    func begin(_ descriptor: Descriptor, _ kind: TransferKind, to destination: String) -> any TransferTicket
    /// Waiting for an image until the ticket ends.
    func wait(for image: Reference) -> any TransferTicket
    /// A note for the user.
    func note(_ text: String)
    /// A warning for the user.
    func warn(_ text: String)
}

/// The kind of content.
package enum TransferKind: String, Sendable {
    case manifest, config, layer, blob
}

/// A transfer in progress.
package protocol TransferTicket: Sendable {
    /// More bytes have been transferred.
    func advance(by bytes: Int)
    /// Ends the transfer; called exactly once.
    func end(_ result: Result<BlobPlacement, any Error>)
}
