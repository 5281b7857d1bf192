internal import FileSystem
package import OCI

/// An entry of a local store.
package struct StoredImage: Sendable {
    /// The full name with its tag; the unparsed text if it is not a valid name; `nil` if there is none.
    package let name: String?
    /// The media type, digest and size of the manifest.
    package let descriptor: Descriptor
    /// `nil` if the image cannot be read.
    package let summary: ImageSummary?
}

extension LocalStore {
    /// All images in the store, sorted by name; those without a name come last.
    ///
    /// Only images added by other tools are read; for all others, the index has the summary.
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

    /// Removes names only; content that nothing refers to is collected later.
    ///
    /// - Parameter names: References to the store, or digests for all names of an image.
    /// - Returns: The full names that were removed, and the names that did not exist.
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

    /// The content of `index.json`; `nil` if the store is empty.
    func index() throws(ImageError) -> LayoutIndex? {
        let attempt = "cannot read the local store \(path)"
        let isThere = try attempting(attempt) { () throws(FileError) in try FileStatus(of: layout.indexPath) != nil }
        if isThere { return try layout.readIndex() }
        // A new store gets its index last; a store that has lost its index has blobs.
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

/// A name of images in a local store: a name with a tag, with a digest, or a digest alone.
package enum StoredImageName: Sendable, Hashable, CustomStringConvertible {
    case tagged(Repository, String)
    case pinned(Repository, Digest)
    case digest(Digest)

    /// Parses a name in its full or short form, with or without `store:`.
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
