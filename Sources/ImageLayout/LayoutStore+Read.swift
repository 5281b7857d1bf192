package import Concurrency
internal import FileSystem
package import OCI

extension LayoutStore: ImageSource, TagListing, BlobResolving {
    package func resolve(_ reference: ManifestReference) async throws -> Descriptor {
        let entry = try find(reference)
        if repository != nil, reference.digest != nil { try requireWhole(entry, reference) }
        guard MediaType.isManifest(entry.mediaType) else { return try read(entry, of: reference).descriptor }
        try requireBlob(entry, of: reference)
        return entry.content
    }

    package func manifest(_ reference: ManifestReference) async throws -> ManifestContent {
        try read(try find(reference), of: reference)
    }

    package func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream {
        let attempt = "cannot read the blob \(descriptor.digest) of \(name)"
        let path = blobPath(descriptor.digest)
        guard try attempting(attempt, { () throws(FileError) in try FileStatus(of: path) }) != nil else {
            try requireLayout()
            throw ImageError(.notFound, attempt, "it is not in the layout")
        }
        let file = try attempting(attempt) { () throws(FileError) in try OpenFile(path, for: .content) }
        return LayoutBlobStream(FileStream(file, from: offset), attempt: attempt)
    }

    package func resolveBlob(_ digest: Digest) async throws -> Descriptor {
        let attempt = "cannot read the blob \(digest) of \(name)"
        let path = blobPath(digest)
        guard let status = try attempting(attempt, { () throws(FileError) in try FileStatus(of: path) }) else {
            try requireLayout()
            throw ImageError(.notFound, attempt, "it is not in the layout")
        }
        return Descriptor(mediaType: MediaType.anyBytes, digest: digest, size: status.size)
    }

    package func tags() async throws -> [String] {
        let index = try readIndex()
        guard let repository else { return index.tags }
        let tags = index.tags(of: repository)
        if tags.isEmpty {
            throw ImageError(.notFound, "cannot list the tags of \(name)", "it is not in the local store")
        }
        return tags
    }
}

extension LayoutStore: ImageNaming {
    package func fullName(of reference: ManifestReference) async throws -> String? {
        let index = try readIndex()
        switch reference {
        case .tag(let tag): return try index.entry(for: tag, in: name).fullName
        case .digest(let digest): return index.entries.last { $0.descriptor.digest == digest }?.fullName
        }
    }
}

extension LayoutStore {
    /// The content of `index.json`.
    func readIndex() throws(ImageError) -> LayoutIndex {
        try requireLayout()
        let attempt = "cannot read \(name)"
        let bytes = try attempting(attempt) { () throws(FileError) in try readIndexFile() }
        return try parseIndex(bytes, attempt)
    }

    func readIndexFile() throws(FileError) -> [UInt8] {
        try File.read(indexPath, limit: Int(ManifestContent.maximumSize), for: .content)
    }

    func parseIndex(_ bytes: [UInt8], _ attempt: String) throws(ImageError) -> LayoutIndex {
        do {
            return try LayoutIndex(parsing: bytes)
        } catch {
            throw ImageError(.failed, attempt, "\(indexPath) is not the index of a layout: \(error)")
        }
    }

    func holds(_ descriptor: Descriptor) throws(FileError) -> Bool {
        let status = try FileStatus(of: blobPath(descriptor.digest))
        return status?.kind == .file && status?.size == descriptor.size
    }

    /// Reads and verifies the manifest of an entry.
    func read(_ entry: Descriptor, of reference: ManifestReference) throws(ImageError) -> ManifestContent {
        try requireBlob(entry, of: reference)
        let bytes = try attempting("cannot read \(label(reference))") { () throws(FileError) in
            try File.read(blobPath(entry.digest), limit: Int(ManifestContent.maximumSize), for: .content)
        }
        return try ManifestContent(
            bytes: bytes, mediaType: entry.mediaType, digest: entry.digest, of: label(reference))
    }

    /// The descriptor of a manifest that has not been read. The media type is empty if only the content can tell it.
    private func find(_ reference: ManifestReference) throws(ImageError) -> Descriptor {
        let index = try readIndex()
        switch reference {
        case .tag(let tag):
            guard let repository else { return try index.entry(for: tag, in: name).descriptor }
            guard let entry = index.entry(named: tag, of: repository) else {
                throw index.missing(tag, in: name, of: repository)
            }
            return entry.descriptor
        case .digest(let digest):
            if let entry = index.entries.last(where: { $0.descriptor.digest == digest }) { return entry.descriptor }
            let attempt = "cannot find \(label(reference))"
            let status = try attempting(attempt) { () throws(FileError) in try FileStatus(of: blobPath(digest)) }
            guard let status else { throw ImageError(.notFound, attempt, "it is not in the layout") }
            return Descriptor(mediaType: "", digest: digest, size: status.size)
        }
    }

    /// Checks that the file of a manifest exists with the right size.
    private func requireBlob(_ entry: Descriptor, of reference: ManifestReference) throws(ImageError) {
        let attempt = "cannot read \(label(reference))"
        let status = try attempting(attempt) { () throws(FileError) in try FileStatus(of: blobPath(entry.digest)) }
        guard let status else {
            throw ImageError(.notFound, attempt, "index.json names \(entry.digest), but the blob is missing")
        }
        guard entry.size <= ManifestContent.maximumSize else {
            let limit = "no manifest is larger than \(ManifestContent.maximumSize)"
            throw ImageError(.failed, attempt, "\(entry.digest) has \(entry.size) bytes, and \(limit)")
        }
        guard status.size == entry.size else {
            let sizes = "\(status.size) bytes instead of \(entry.size)"
            throw ImageError(.verification, attempt, "the blob \(entry.digest) has \(sizes)")
        }
    }

    func label(_ reference: ManifestReference) -> String {
        "\(name)\(reference.digest == nil ? ":" : "@")\(reference)"
    }
}

/// The content of a blob's file as a stream.
private final class LayoutBlobStream: ByteStream {
    private let file: FileStream
    private let attempt: String

    init(_ file: FileStream, attempt: String) {
        self.file = file
        self.attempt = attempt
    }

    func next() async throws -> [UInt8]? {
        try await attempting(attempt) { try await file.next() }
    }
}
