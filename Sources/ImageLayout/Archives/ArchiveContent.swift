internal import Archive
internal import OCI

/// The content of an archive: its named images, and the positions of blobs.
struct ArchiveContent: Sendable {
    enum Blob: Sendable {
        case packed(TarIndex.Extent)
        /// Not stored in the archive itself.
        case made([UInt8])

        var size: Int64 {
            switch self {
            case .packed(let extent): extent.size
            case .made(let bytes): Int64(bytes.count)
            }
        }
    }

    let file: ArchiveFile
    let index: LayoutIndex
    private let format: Reference.ArchiveFormat
    /// Blobs outside of a layout's `blobs` folder.
    private let others: [Digest: Blob]

    /// Reads the index of an archive.
    ///
    /// - Throws: ``ImageError`` if the format is different.
    init(_ file: ArchiveFile, _ format: Reference.ArchiveFormat, attempt: String) throws(ImageError) {
        self.file = file
        self.format = format
        let layout = try Self.layoutIndex(file, attempt)
        switch format {
        case .oci:
            guard let layout, file.extent(of: "oci-layout") != nil else {
                let advice = file.extent(of: "manifest.json").map { _ in "docker-archive: reads what docker save made" }
                throw ImageError(
                    .failed, attempt, "it is not an OCI archive, it has no image layout in it", advice: advice)
            }
            (index, others) = (layout, [:])
        case .docker:
            // If the archive has both descriptions, prefer the layout's manifests, which have the original digests.
            if let layout, Self.isComplete(layout, in: file) {
                (index, others) = (layout, [:])
            } else {
                guard let manifest = file.extent(of: "manifest.json") else {
                    throw ImageError(.failed, attempt, "docker save did not make it, it has no manifest.json")
                }
                let images = try DockerArchiveImages(try file.bytes(of: manifest), in: file, attempt: attempt)
                (index, others) = (images.index, images.blobs)
            }
        }
    }

    func blob(_ digest: Digest) -> Blob? { others[digest] ?? Self.extent(of: digest, in: file).map { .packed($0) } }

    /// The entry of a tag or full name, which may be omitted if there is a single image.
    func entry(for tag: String, in storeName: String) throws(ImageError) -> Descriptor {
        try namedEntry(for: tag, in: storeName).descriptor
    }

    func namedEntry(for tag: String, in storeName: String) throws(ImageError) -> LayoutIndex.Entry {
        if tag == Reference.defaultTag, Set(index.entries.map(\.descriptor.digest)).count == 1 {
            return index.entries[0]
        }
        guard format == .docker else { return try index.entry(for: tag, in: storeName) }
        if let entry = index.entries.last(where: { $0.storedName?.text == tag }) { return entry }
        throw ImageError(
            .notFound, "cannot find \(tag) in \(storeName)", "no image has that name",
            advice: names.isEmpty ? nil : "there is \(names.prefix(10).joined(separator: ", "))")
    }

    /// The full names of images, sorted.
    var names: [String] {
        Set(index.entries.compactMap { $0.storedName?.text }).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func extent(of digest: Digest, in file: ArchiveFile) -> TarIndex.Extent? {
        file.extent(of: "blobs/\(digest.algorithm.rawValue)/\(digest.hex)")
    }

    private static func layoutIndex(_ file: ArchiveFile, _ attempt: String) throws(ImageError) -> LayoutIndex? {
        guard let extent = file.extent(of: "index.json") else { return nil }
        let bytes = try file.bytes(of: extent)
        do {
            return try LayoutIndex(parsing: bytes)
        } catch {
            throw ImageError(.failed, attempt, "its index.json is not the index of a layout: \(error)")
        }
    }

    /// Returns true if all listed images are present: some writers omit those for other platforms.
    private static func isComplete(_ index: LayoutIndex, in file: ArchiveFile) -> Bool {
        !index.entries.isEmpty
            && index.entries.allSatisfy { entry in
                guard let extent = extent(of: entry.descriptor.digest, in: file) else { return false }
                guard MediaType.isIndex(entry.descriptor.mediaType) else { return true }
                let content = (try? file.bytes(of: extent)).flatMap {
                    try? ManifestContent(
                        bytes: $0, mediaType: entry.descriptor.mediaType, digest: entry.descriptor.digest, of: "it")
                }
                let children = (try? content?.index().manifests) ?? []
                return children.allSatisfy { Self.extent(of: $0.digest, in: file) != nil }
            }
    }
}
