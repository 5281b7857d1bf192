package import OCI

/// Which images were built here, and which have come from elsewhere.
///
/// An entry says so of its image. What another command than a build gives a name was built here when it consists of what
/// was: the same manifest, one of its platforms, or an index of nothing else.
extension LocalStore {
    /// The image of a name when it was built here.
    ///
    /// - Parameter reference: A tag; or a digest, which an image of that name has, whatever its tag, or one of its
    ///   platforms.
    /// - Throws: ``ImageError`` when the store cannot be read.
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

    /// The tags that the store has of a name, built here or not; sorted.
    package func tags(of name: Repository) throws(ImageError) -> [String] { try index()?.tags(of: name) ?? [] }
}

extension LayoutIndex.Entry {
    static let builtKey = "dev.imgtool.built"

    var isBuilt: Bool { descriptor.annotations[Self.builtKey] == "true" }
}

extension LayoutStore {
    /// Whether an image consists of what was built here.
    func isBuilt(_ tree: LayoutTree, in index: LayoutIndex) -> Bool {
        guard let top = tree.manifests.first else { return false }
        let built = index.entries.filter(\.isBuilt).map(\.descriptor)
        if built.contains(where: { $0.digest == top.descriptor.digest }) { return true }
        let known = Set((built + built.flatMap { images(in: $0) }).map(\.digest))
        if known.contains(top.descriptor.digest) { return true }
        let listed = top.children.filter { $0.attestedDigest == nil }
        return !listed.isEmpty && listed.allSatisfy { known.contains($0.digest) }
    }

    /// What an index lists, as far as it can be read.
    fileprivate func images(in entry: Descriptor) -> [Descriptor] {
        guard MediaType.isIndex(entry.mediaType) else { return [] }
        return ((try? view(of: entry)) ?? nil)?.children ?? []
    }
}
