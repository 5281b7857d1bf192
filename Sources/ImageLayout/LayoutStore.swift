internal import Concurrency
package import OCI

/// An OCI image layout (image-spec, image-layout.md): a folder of images, shared by any number of processes.
///
/// Readers never wait and take no locks: all files of a layout appear whole. Writers take an advisory lock on the
/// folder to change `index.json`, and one on each blob that they write, so that a blob is fetched only once. A killed
/// process leaves one `.imgtool-…` file for each blob that it was writing; the next process that needs the blob resumes
/// from there.
package struct LayoutStore: Sendable {
    /// The folder.
    package let path: String
    /// In a local store, the name of the images to use; `nil` for all images of the layout.
    let repository: Repository?
    /// True if the images that get a name are built here.
    let isOfBuilds: Bool
    /// The maximum time to wait for another process that makes no progress.
    let timeout: Duration
    let notice: @Sendable (String) -> Void
    /// A cache of parsed manifests for finding referrers.
    let manifestViews = Guarded<[Digest: ManifestView]>([:])

    /// Does not access the file system yet.
    ///
    /// - Parameters:
    ///   - path: The folder. The first write creates it if necessary.
    ///   - repository: In a local store, the name of the images to use.
    ///   - isOfBuilds: True if the images that get a name are built here.
    ///   - timeout: The maximum time to wait for another process that holds a lock and makes no progress.
    ///   - notice: Called with a message when that wait has taken a second.
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

    /// The prefix of files that will replace others.
    static let newPrefix = "\(privatePrefix)new-"
    static let markerName = "oci-layout"
    static let indexName = "index.json"

    var markerPath: String { "\(path)/\(Self.markerName)" }
    var indexPath: String { "\(path)/\(Self.indexName)" }

    func folder(of algorithm: Digest.Algorithm) -> String { "\(path)/blobs/\(algorithm.rawValue)" }
    func blobPath(_ digest: Digest) -> String { "\(folder(of: digest.algorithm))/\(digest.hex)" }

    /// The path of an incomplete blob.
    func partialPath(_ digest: Digest) -> String { "\(path)/\(Self.partialName(digest))" }

    static func partialName(_ digest: Digest) -> String {
        "\(privatePrefix)partial-\(digest.algorithm.rawValue)-\(digest.hex)"
    }
}
