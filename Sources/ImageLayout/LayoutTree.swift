internal import FileSystem
internal import OCI

/// All content below some manifests in a layout.
struct LayoutTree {
    private let layout: LayoutStore
    private let look: (Digest) throws(FileError) -> Int64?
    /// All digests found, present or missing.
    private(set) var met: Set<Digest> = []
    /// Manifests, parents before children, without duplicates.
    private(set) var manifests: [ManifestView] = []
    /// Content that is present, with its actual size in bytes.
    private(set) var found: [Digest: Int64] = [:]
    /// Content that is missing or has a different size.
    private(set) var missing: [Descriptor] = []

    /// The total size, including the manifests, in bytes.
    var size: Int64 { found.values.cappedSum }

    /// - Parameter look: Returns the size of a blob, or `nil` if it is missing.
    init(in layout: LayoutStore, look: @escaping (Digest) throws(FileError) -> Int64?) {
        self.layout = layout
        self.look = look
    }

    /// A tree that does not refresh blobs.
    init(in layout: LayoutStore) {
        self.init(in: layout) { digest throws(FileError) in try FileStatus(of: layout.blobPath(digest))?.size }
    }

    /// Walks the tree below some manifests.
    ///
    /// - Throws: ``ImageError`` if an existing manifest cannot be read.
    mutating func add(_ roots: [Descriptor]) throws(ImageError) {
        var pending = Array(roots.reversed())
        while let next = pending.popLast() {
            guard met.insert(next.digest).inserted else { continue }
            let look = look
            let size = try attempting("cannot read \(layout.label(.digest(next.digest)))") { () throws(FileError) in
                try look(next.digest)
            }
            guard size == next.size else {
                missing.append(next)
                continue
            }
            found[next.digest] = next.size
            guard let view = try view(of: next) else { continue }
            manifests.append(view)
            pending += view.children.reversed() + view.blobs.reversed()
        }
    }

    /// The parsed manifest; `nil` if the descriptor is for something else.
    private func view(of descriptor: Descriptor) throws(ImageError) -> ManifestView? {
        // Without a media type, the content decides.
        if descriptor.mediaType.isEmpty { return try? layout.view(of: descriptor) }
        return MediaType.isManifest(descriptor.mediaType) ? try layout.view(of: descriptor) : nil
    }
}

extension LayoutStore {
    /// All content below a manifest, refreshed so that it is not removed before it is referred to.
    ///
    /// - Throws: ``ImageError`` of code `notFound` if something is missing.
    func whole(_ manifest: Descriptor, _ attempt: String) throws(ImageError) -> LayoutTree {
        var tree = LayoutTree(in: self) { digest throws(FileError) in try File.refresh(blobPath(digest))?.size }
        try tree.add([manifest])
        guard let missing = tree.missing.first else { return tree }
        throw ImageError(
            .notFound, attempt, "\(missing.digest), which it refers to, is not in the store",
            advice: "copy the whole image there, from where it is complete")
    }

    /// Checks that an image requested by its digest is complete, as in a registry that refuses incomplete images. A
    /// copy then repairs it.
    func requireWhole(_ manifest: Descriptor, _ reference: ManifestReference) throws(ImageError) {
        var manifest = manifest
        let attempt = "cannot find \(label(reference))"
        if manifest.mediaType.isEmpty { manifest = try read(manifest, of: reference).descriptor }
        _ = try whole(manifest, attempt)
    }
}
