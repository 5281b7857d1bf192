internal import FileSystem
internal import OCI

/// Everything below a manifest in a layout.
struct LayoutTree {
    /// Manifests, parents before what they list; each once.
    private(set) var manifests: [ManifestView] = []
    /// What is there, with the descriptor that was met first.
    private(set) var found: [Digest: Descriptor] = [:]
    /// What is not there, or has another size than is said of it.
    private(set) var missing: [Descriptor] = []

    /// What is below, and the manifest itself, in bytes.
    var size: Int64 { found.values.reduce(0) { $0 + $1.size } }

    /// Walks down from some manifests.
    ///
    /// - Parameter look: Gives the size of a blob, or `nil` when it is not there.
    /// - Throws: ``ImageError`` when a manifest cannot be read though it is there.
    init(
        below roots: [Descriptor], in layout: LayoutStore,
        look: (Digest) throws(FileError) -> Int64?
    ) throws(ImageError) {
        var pending = Array(roots.reversed())
        var seen: Set<Digest> = []
        while let next = pending.popLast() {
            guard seen.insert(next.digest).inserted else { continue }
            let size = try attempting("cannot read \(layout.label(.digest(next.digest)))") { () throws(FileError) in
                try look(next.digest)
            }
            guard size == next.size else {
                missing.append(next)
                continue
            }
            found[next.digest] = next
            guard MediaType.isManifest(next.mediaType) else { continue }
            let view = try layout.view(of: next)
            manifests.append(view)
            pending += view.children.reversed() + view.blobs.reversed()
        }
    }
}

extension LayoutStore {
    /// Everything below a manifest, made young so that nobody removes it before it is referred to.
    ///
    /// - Throws: ``ImageError`` of code `notFound` when something is missing.
    func whole(_ manifest: Descriptor, _ attempt: String) throws(ImageError) -> LayoutTree {
        let tree = try LayoutTree(below: [manifest], in: self) { digest throws(FileError) in
            try File.refresh(blobPath(digest))?.size
        }
        guard let missing = tree.missing.first else { return tree }
        throw ImageError(
            .notFound, attempt, "\(missing.digest), which it refers to, is not in the store",
            advice: "copy the whole image there, from where it is complete")
    }

    /// Insists that an image which is asked for by its digest is there with everything below it, as a registry does that
    /// takes no incomplete images. Who copies then repairs what is not.
    func requireWhole(_ manifest: Descriptor, _ reference: ManifestReference) throws(ImageError) {
        var manifest = manifest
        let attempt = "cannot find \(label(reference))"
        if manifest.mediaType.isEmpty { manifest = try read(manifest, of: reference).descriptor }
        _ = try whole(manifest, attempt)
    }
}
