package import OCI

/// The distinction between images built here and images from elsewhere.
///
/// It is recorded in the image's entry. When a command other than a build names an image, it counts as built here if it
/// consists of images built here: the same manifest, one of its platforms, or an index of nothing else.
extension LocalStore {
    /// The image of a name if it was built here.
    ///
    /// - Parameter reference: A tag; or the digest of an image with that name, under any tag, or of one of its
    ///   platforms.
    /// - Throws: ``ImageError`` if the store cannot be read.
    package func built(_ name: Repository, _ reference: ManifestReference) throws(ImageError) -> Descriptor? {
        guard let index = try index() else { return nil }
        switch reference {
        case .tag(let tag):
            return index.entry(named: tag, of: name).flatMap { $0.isBuilt ? $0.descriptor.content : nil }
        case .digest(let digest):
            let entries = index.entries.filter { $0.isBuilt && $0.storedName?.repository == name }.map(\.descriptor)
            if let entry = entries.last(where: { $0.digest == digest }) { return entry.content }
            return entries.lazy.flatMap { layout.images(in: $0) }.first { $0.digest == digest }?.content
        }
    }

    /// The tags of a name in the store, built here or not; sorted.
    package func tags(of name: Repository) throws(ImageError) -> [String] { try index()?.tags(of: name) ?? [] }
}

extension LayoutIndex.Entry {
    static let builtKey = "dev.imgtool.built"

    var isBuilt: Bool { descriptor.annotations[Self.builtKey] == "true" }
}

extension LayoutStore {
    /// Returns true if an image consists of images built here.
    func isBuilt(_ tree: LayoutTree, in index: LayoutIndex) -> Bool {
        guard let top = tree.manifests.first else { return false }
        let built = index.entries.filter(\.isBuilt).map(\.descriptor)
        if built.contains(where: { $0.digest == top.descriptor.digest }) { return true }
        let known = Set((built + built.flatMap { images(in: $0) }).map(\.digest))
        if known.contains(top.descriptor.digest) { return true }
        let listed = top.children.filter { !$0.isAttestation }
        return !listed.isEmpty && listed.allSatisfy { known.contains($0.digest) }
    }

    /// The entries of an index; empty if it cannot be read.
    fileprivate func images(in entry: Descriptor) -> [Descriptor] {
        guard MediaType.isIndex(entry.mediaType) else { return [] }
        return ((try? view(of: entry)) ?? nil)?.children ?? []
    }
}
