internal import Concurrency
internal import OCI

/// The parts of a manifest or index that matter for searching a layout.
struct ManifestView: Sendable {
    let descriptor: Descriptor
    /// Manifests, and any other entries of an index.
    let children: [Descriptor]
    /// The configuration and the layers that the layout has to hold.
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
            let (config, others) = try content.blobs()
            (children, blobs, subject) = ([], [config].compactMap { $0 } + others, content.subject)
            (artifactType, annotations) = (content.referrer.artifactType, content.referrer.annotations)
        }
    }

    /// The descriptor for a list of referrers (distribution-spec, "Listing Referrers").
    var asReferrer: Descriptor {
        var referrer = descriptor
        referrer.artifactType = artifactType
        referrer.annotations = annotations
        return referrer
    }
}

extension LayoutStore {
    /// Parses a manifest, once.
    func view(of entry: Descriptor) throws(ImageError) -> ManifestView {
        if let known = manifestViews.withLock({ $0[entry.digest] }) { return known }
        let view = try ManifestView(read(entry, of: .digest(entry.digest)))
        manifestViews.withLock { $0[entry.digest] = view }
        return view
    }
}
