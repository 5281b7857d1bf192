package import OCI

/// A blob that is to be put into a place.
package struct NewBlob: Sendable {
    let content: BlobContent
    let kind: TransferKind
    /// Where it is already; it may be next door to where it goes.
    let origin: (any ImageSource)?

    package init(_ content: BlobContent, _ kind: TransferKind, from origin: (any ImageSource)? = nil) {
        self.content = content
        self.kind = kind
        self.origin = origin
    }
}
