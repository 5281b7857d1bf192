internal import Concurrency
internal import OCI

/// What counts of a manifest or index when a layout is searched.
struct ManifestView: Sendable {
    let descriptor: Descriptor
    /// The manifests, and whatever else an index lists.
    let children: [Descriptor]
    /// The configuration and the layers that a layout has to hold.
    let blobs: [Descriptor]
    let subject: Descriptor?
    let artifactType: String?
    let annotations: [String: String]

    init(_ content: ManifestContent) throws(ImageError) {
        descriptor = content.descriptor
        if content.isIndex {
            let index = try content.index()
            (children, blobs, subject) = (index.manifests, [], index.subject)
            (artifactType, annotations) = (index.artifactType, index.annotations)
        } else {
            let manifest = try content.imageManifest()
            let layers = manifest.layers.filter { !MediaType.isForeignLayer($0.mediaType) }
            (children, blobs, subject) = ([], [manifest.config] + layers, manifest.subject)
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

extension LayoutStore {
    /// What a manifest says, read once.
    func view(of entry: Descriptor) throws(ImageError) -> ManifestView {
        if let known = manifestViews.withLock({ $0[entry.digest] }) { return known }
        let view = try ManifestView(read(entry, of: .digest(entry.digest)))
        manifestViews.withLock { $0[entry.digest] = view }
        return view
    }
}
