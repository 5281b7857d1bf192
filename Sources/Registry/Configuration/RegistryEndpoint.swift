package import OCI

/// One place where a repository can be asked for.
package struct RegistryEndpoint: Sendable, Hashable {
    /// The registry to connect to, and the path of the repository there.
    package let repository: Repository
    /// Whether plain HTTP and certificates that nobody vouches for are allowed.
    package let insecure: Bool
    /// Whether it is only a mirror of the repository, which may lack what the repository has.
    package let isMirror: Bool

    package init(repository: Repository, insecure: Bool = false, isMirror: Bool = false) {
        self.repository = repository
        self.insecure = insecure
        self.isMirror = isMirror
    }
}
