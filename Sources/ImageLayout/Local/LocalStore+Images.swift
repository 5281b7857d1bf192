internal import FileSystem
package import OCI

/// One entry of a local store.
package struct StoredImage: Sendable {
    /// The full name with its tag; as it stands where it is no name; `nil` where there is none.
    package let name: String?
    /// Media type, digest and size of the manifest.
    package let descriptor: Descriptor
    /// `nil` when the image cannot be read.
    package let summary: ImageSummary?
}

extension LocalStore {
    /// Everything that is in the store, sorted by name; what has none comes last.
    ///
    /// Images that other tools have put there are read; of all others, the list itself says enough.
    package func images() throws(ImageError) -> [StoredImage] {
        guard let index = try index() else { return [] }
        var summaries: [Digest: ImageSummary] = [:]
        var images: [StoredImage] = []
        for entry in index.entries where entry.listName == nil {
            let (descriptor, digest) = (entry.descriptor, entry.descriptor.digest)
            let isOurs = ImageSummary.isPart(of: descriptor.annotations)
            let known = ImageSummary(annotations: descriptor.annotations) ?? summaries[digest]
            summaries[digest] = known ?? summary(of: descriptor)
            let name = isOurs ? entry.givenName : entry.storedName?.text ?? entry.givenName
            images.append(StoredImage(name: name, descriptor: descriptor.content, summary: summaries[digest]))
        }
        return images.sorted { one, other in
            guard let name = one.name else { return false }
            return other.name.map { name.utf8.lexicographicallyPrecedes($0.utf8) } ?? true
        }
    }

    /// Removes names, and nothing else: what no other name refers to is collected later.
    ///
    /// - Parameter names: References to the store or, by their digests alone, all that is named so.
    /// - Returns: What was removed, by its full names, and the names that there were none of.
    package func remove(
        _ names: [StoredImageName]
    ) async throws -> (removed: [String], unknown: [StoredImageName]) {
        guard try index() != nil else { return ([], names) }
        var removed: [String] = []
        var unknown: [StoredImageName] = []
        try await layout.changeIndex("cannot remove from the local store \(path)") { index throws(ImageError) in
            for name in names {
                let isMeant = name.predicate
                let meant = index.entries.filter(isMeant)
                if meant.isEmpty { unknown.append(name) }
                removed += meant.map { $0.storedName?.text ?? $0.givenName ?? $0.descriptor.digest.description }
                _ = index.remove(where: isMeant)
            }
        }
        return (removed, unknown)
    }

    /// The content of `index.json`; `nil` when there is nothing in the store, not even that.
    func index() throws(ImageError) -> LayoutIndex? {
        let attempt = "cannot read the local store \(path)"
        let isThere = try attempting(attempt) { () throws(FileError) in try FileStatus(of: layout.indexPath) != nil }
        if isThere { return try layout.readIndex() }
        // Whoever makes a store writes the index last; a store that has lost it has blobs.
        guard try layout.blobFiles().isEmpty else {
            throw ImageError(.failed, attempt, "its index.json is missing", advice: "imgtool store check says more")
        }
        return nil
    }

    private func summary(of descriptor: Descriptor) -> ImageSummary? {
        var tree = LayoutTree(in: layout)
        guard (try? tree.add([descriptor])) != nil, !tree.manifests.isEmpty else { return nil }
        return ImageSummary(tree, in: layout)
    }
}

/// What names images of a local store: a name with a tag, with a digest, or a digest alone.
package enum StoredImageName: Sendable, Hashable, CustomStringConvertible {
    case tagged(Repository, String)
    case pinned(Repository, Digest)
    case digest(Digest)

    /// Reads a name, in full or as people write it, with or without the `store:` before it.
    ///
    /// - Throws: ``ImageError`` of code `usage`.
    package init(parsing text: String) throws(ImageError) {
        if text.hasPrefix("sha256:") || text.hasPrefix("sha512:"), let digest = try? Digest(text) {
            self = .digest(digest)
            return
        }
        let reference = try Reference(parsing: Reference.hasScheme(text) ? text : "store:\(text)")
        guard case .stored(let repository) = reference.location else {
            throw ImageError(.usage, "cannot find \(text) in the local store", "it names something elsewhere")
        }
        self =
            switch reference.manifestReference {
            case .digest(let digest): .pinned(repository, digest)
            case .tag(let tag): .tagged(repository, tag)
            }
    }

    package var description: String {
        switch self {
        case .tagged(let repository, let tag): StoredName(repository, tag).text
        case .pinned(let repository, let digest): "\(repository)@\(digest)"
        case .digest(let digest): digest.description
        }
    }

    fileprivate var predicate: (LayoutIndex.Entry) -> Bool {
        switch self {
        case .tagged(let repository, let tag):
            let name = StoredName(repository, tag)
            return { $0.isNamed(name) }
        case .pinned(let repository, let digest):
            return { $0.descriptor.digest == digest && $0.storedName?.repository == repository }
        case .digest(let digest):
            return { $0.descriptor.digest == digest }
        }
    }
}
