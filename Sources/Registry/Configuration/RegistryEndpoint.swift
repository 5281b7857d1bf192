package import OCI

/// An endpoint for a repository: the repository itself, or a mirror.
package struct RegistryEndpoint: Sendable, Hashable {
    /// The registry to connect to, and the path of the repository there.
    package let repository: Repository
    /// True to allow plain HTTP and unverified certificates.
    package let insecure: Bool
    /// True for a mirror, which may lack some content.
    package let isMirror: Bool

    package init(repository: Repository, insecure: Bool = false, isMirror: Bool = false) {
        self.repository = repository
        self.insecure = insecure
        self.isMirror = isMirror
    }
}
