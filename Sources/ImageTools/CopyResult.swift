package import OCI

/// What a copy has done at one destination.
package struct CopyResult: Sendable {
    /// The destination with the digest that it has now.
    package let reference: Reference
    package let content: Descriptor
    /// The digest of what was copied, before it got another form.
    package let source: Digest
    /// What the tag stood for; `nil` when it is new, or was not asked for.
    package let previous: Digest?
    /// What became of the blobs.
    package let transfers: TransferCount

    package var isChanged: Bool { previous != content.digest }
}

/// How many blobs were moved, and how.
package struct TransferCount: Sendable, Hashable {
    package var written = 0
    package var mounted = 0
    package var existed = 0
    /// Bytes of those that were written.
    package var bytes: Int64 = 0
}
