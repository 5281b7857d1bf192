package import OCI

/// A blob to be written to a destination.
package struct NewBlob: Sendable {
    let content: BlobContent
    let kind: TransferKind
    /// The store that has it already; the destination may be able to mount it from there.
    let origin: (any ImageSource)?

    package init(_ content: BlobContent, _ kind: TransferKind, from origin: (any ImageSource)? = nil) {
        self.content = content
        self.kind = kind
        self.origin = origin
    }
}
