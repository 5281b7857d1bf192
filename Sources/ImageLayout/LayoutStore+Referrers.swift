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

    private func view(of entry: Descriptor) throws -> ManifestView {
        if let known = manifestViews.withLock({ $0[entry.digest] }) { return known }
        let view = try ManifestView(read(entry, of: .digest(entry.digest)))
        manifestViews.withLock { $0[entry.digest] = view }
        return view
    }
}

/// What counts of a manifest or index when referrers are looked for.
struct ManifestView: Sendable {
    let descriptor: Descriptor
    let children: [Descriptor]
    let subject: Descriptor?
    let artifactType: String?
    let annotations: [String: String]

    init(_ content: ManifestContent) throws(ImageError) {
        descriptor = content.descriptor
        if content.isIndex {
            let index = try content.index()
            (children, subject) = (index.manifests, index.subject)
            (artifactType, annotations) = (index.artifactType, index.annotations)
        } else {
            let manifest = try content.imageManifest()
            (children, subject) = ([], manifest.subject)
            let ownType = manifest.artifactType ?? ""
            (artifactType, annotations) = (ownType.isEmpty ? manifest.config.mediaType : ownType, manifest.annotations)
        }
    }

    /// The descriptor that the list of referrers has (distribution-spec, "Listing Referrers").
    var asReferrer: Descriptor {
        var referrer = descriptor
        referrer.artifactType = artifactType
        referrer.annotations = annotations
        return referrer
    }
}
