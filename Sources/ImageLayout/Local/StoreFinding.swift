/// A problem or irregularity in a local store.
package struct StoreFinding: Sendable, Hashable {
    package enum Severity: String, Sendable {
        /// An image or the store itself is damaged.
        case error
        /// No image is affected.
        case notice
    }

    package let severity: Severity
    /// The location, such as `docker.io/library/app:1 > manifests[0] linux/amd64 > layers[2]`, or a path in the store's
    /// folder.
    package let location: String
    package let problem: String
}

/// The result of checking a local store, and the amount of content checked.
package struct StoreReport: Sendable {
    package let findings: [StoreFinding]
    package let images: Int
    package let blobs: Int
    /// The total size of all blobs, in bytes.
    package let bytes: Int64

    package var errors: Int { findings.count { $0.severity == .error } }
}
