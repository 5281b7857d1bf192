internal import Concurrency
internal import FileSystem
package import OCI

extension LayoutStore: ReferrerListing {
    /// The manifests with a given `subject`, sorted by digest.
    ///
    /// The search starts with all entries of `index.json`, so it includes images without a name and those in the index
    /// of the referrers tag schema (distribution-spec, "Referrers Tag Schema"). Missing children are skipped.
    ///
    /// - Parameter artifactType: The artifact type to filter by.
    package func referrers(of digest: Digest, artifactType: String?) async throws -> [Descriptor] {
        var pending = try readIndex().entries.map(\.descriptor)
        var seen: Set<Digest> = []
        var found: [Descriptor] = []
        while let entry = pending.popLast() {
            try Task.checkCancellation()
            guard MediaType.isManifest(entry.mediaType), seen.insert(entry.digest).inserted else { continue }
            let isThere = try attempting("cannot read \(label(.digest(entry.digest)))") { () throws(FileError) in
                try FileStatus(of: blobPath(entry.digest)) != nil
            }
            guard isThere else { continue }
            let view = try view(of: entry)
            pending += view.children
            if view.subject?.digest == digest { found.append(view.asReferrer) }
        }
        return found.filter { artifactType == nil || $0.artifactType == artifactType }
            .sorted { $0.digest.description < $1.digest.description }
    }
}
