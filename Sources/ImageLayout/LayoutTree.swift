internal import FileSystem
internal import OCI

/// Everything below some manifests in a layout.
struct LayoutTree {
    private let layout: LayoutStore
    private let look: (Digest) throws(FileError) -> Int64?
    /// All that was met, there or not.
    private(set) var met: Set<Digest> = []
    /// Manifests, parents before what they list; each once.
    private(set) var manifests: [ManifestView] = []
    /// What is there, with the size that it has, in bytes.
    private(set) var found: [Digest: Int64] = [:]
    /// What is not there, or has another size than is said of it.
    private(set) var missing: [Descriptor] = []

    /// What is below, with the manifests themselves, in bytes.
    var size: Int64 { found.values.cappedSum }

    /// - Parameter look: Gives the size of a blob, or `nil` when it is not there.
    init(in layout: LayoutStore, look: @escaping (Digest) throws(FileError) -> Int64?) {
        self.layout = layout
        self.look = look
    }

    /// A tree that only looks.
    init(in layout: LayoutStore) {
        self.init(in: layout) { digest throws(FileError) in try FileStatus(of: layout.blobPath(digest))?.size }
    }

    /// Walks down.
    ///
    /// - Throws: ``ImageError`` when a manifest cannot be read though it is there.
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

    /// What a manifest says; `nil` when it is none.
    private func view(of descriptor: Descriptor) throws(ImageError) -> ManifestView? {
        // Where nothing says what it is, its content does.
        if descriptor.mediaType.isEmpty { return try? layout.view(of: descriptor) }
        return MediaType.isManifest(descriptor.mediaType) ? try layout.view(of: descriptor) : nil
    }
}

extension LayoutStore {
    /// Everything below a manifest, made young so that nobody removes it before it is referred to.
    ///
    /// - Throws: ``ImageError`` of code `notFound` when something is missing.
    func whole(_ manifest: Descriptor, _ attempt: String) throws(ImageError) -> LayoutTree {
        var tree = LayoutTree(in: self) { digest throws(FileError) in try File.refresh(blobPath(digest))?.size }
        try tree.add([manifest])
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
