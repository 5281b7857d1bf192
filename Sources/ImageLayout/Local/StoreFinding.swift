/// Something that is wrong, or odd, in a local store.
package struct StoreFinding: Sendable, Hashable {
    package enum Severity: String, Sendable {
        /// An image, or the store itself, is not what it should be.
        case error
        /// No image suffers from it.
        case notice
    }

    package let severity: Severity
    /// Where it is, as in `docker.io/library/app:1 > manifests[0] linux/amd64 > layers[2]`, or a path below the store's
    /// folder.
    package let place: String
    package let problem: String
}

/// What a check of a local store found, and how much was looked at.
package struct StoreReport: Sendable {
    package let findings: [StoreFinding]
    package let images: Int
    package let blobs: Int
    /// The sizes of all blobs, in bytes.
    package let bytes: Int64

    package var errors: Int { findings.count { $0.severity == .error } }
}
