internal import Concurrency
package import OCI

/// An OCI image layout (image-spec, image-layout.md): a folder of images, shared by any number of processes.
///
/// Reading never waits and takes no lock: every file of a layout appears whole. Writing takes an advisory lock on the
/// folder itself while `index.json` changes, and one on each blob while it is written, so that a blob is fetched once
/// however many want it. What a killed process leaves behind is one `.imgtool-…` file per blob it was writing; the next
/// process that needs the blob goes on from there.
package struct LayoutStore: Sendable {
    /// The folder.
    package let path: String
    /// The name whose images are meant, where the layout is a local store that holds images of many names; `nil` where
    /// everything in the layout is meant.
    let repository: Repository?
    /// Whether what gets a name is built here.
    let isOfBuilds: Bool
    /// How long another process that does not get on with its work is waited for.
    let timeout: Duration
    let notice: @Sendable (String) -> Void
    /// What was read of manifests to find referrers; a digest never means anything else.
    let manifestViews = Guarded<[Digest: ManifestView]>([:])

    /// Names a layout; touches nothing.
    ///
    /// - Parameters:
    ///   - path: The folder. It is created by the first write if it does not exist.
    ///   - repository: The name whose images are meant, when the layout is a local store.
    ///   - isOfBuilds: Whether what gets a name there is built here.
    ///   - timeout: How long another process is waited for that holds a lock and makes no progress.
    ///   - notice: Is told, in words for people, when that wait has taken a second.
    package init(
        path: String, repository: Repository? = nil, isOfBuilds: Bool = false, timeout: Duration = .seconds(60),
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.path = path
        self.repository = repository
        self.isOfBuilds = isOfBuilds
        self.timeout = timeout
        self.notice = notice
    }

    package var name: String {
        (repository.map { .stored($0) } ?? Reference.Location.layout(path: path)).description
    }
}

extension LayoutStore {
    /// The prefix of all files that are not part of the layout.
    static let privatePrefix = ".imgtool-"

    /// The prefix of files that are about to take the place of others.
    static let newPrefix = "\(privatePrefix)new-"
    static let markerName = "oci-layout"
    static let indexName = "index.json"

    var markerPath: String { "\(path)/\(Self.markerName)" }
    var indexPath: String { "\(path)/\(Self.indexName)" }

    func folder(of algorithm: Digest.Algorithm) -> String { "\(path)/blobs/\(algorithm.rawValue)" }
    func blobPath(_ digest: Digest) -> String { "\(folder(of: digest.algorithm))/\(digest.hex)" }

    /// Where a blob is while it is not complete.
    func partialPath(_ digest: Digest) -> String { "\(path)/\(Self.partialName(digest))" }

    static func partialName(_ digest: Digest) -> String {
        "\(privatePrefix)partial-\(digest.algorithm.rawValue)-\(digest.hex)"
    }
}
