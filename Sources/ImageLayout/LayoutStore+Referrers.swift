internal import Concurrency
internal import FileSystem
package import OCI

extension LayoutStore {
    /// Every manifest of the layout whose `subject` is the given one, sorted by digest.
    ///
    /// The search starts with all entries of `index.json`, so it finds what has no name, and what is listed in the index
    /// of the referrers tag schema (distribution-spec, "Referrers Tag Schema") as well. Children that a layout leaves
    /// out are passed over.
    ///
    /// - Parameter artifactType: Only what has this type.
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
