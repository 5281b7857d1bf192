package import Archive
package import Concurrency
internal import FileSystem
internal import Glibc
package import OCI

/// Turns the archive of a layer into a folder as overlayfs wants it (image-spec, layer.md).
package enum LayerUnpacking {
    private static let whiteoutPrefix = Array(".wh.".utf8)
    private static let opaqueName = Array(".wh..wh..opq".utf8)

    /// Unpacks an archive, compressed in any way or not at all, and verifies it as it is read.
    ///
    /// Folders that no entry stands for get what they are below, else mode 0755 and root. Later entries replace earlier
    /// ones. A whiteout hides what is below the layer, never what is in it. What lies behind a symbolic link of the same
    /// layer stays inside the folder.
    ///
    /// - Parameters:
    ///   - folder: An absolute path of an empty folder.
    ///   - diffID: The digest of the uncompressed archive.
    ///   - lower: The folders of the layers below, the lowest first: hard links may lead to their files, which are
    ///     copied then.
    /// - Returns: The folders that no entry stands for.
    /// - Throws: ``ImageError``, of code `verification` when the archive is damaged or has another digest; what the
    ///   source throws. What has been unpacked by then stays, and must not be used.
    @discardableResult
    package static func unpack(
        _ source: @escaping ByteSource, to folder: String, expecting diffID: Digest, over lower: [String] = []
    ) throws -> Set<TarPath> {
        let attempt = "cannot unpack the layer \(diffID.short)"
        let target = try LayerFailure.explaining(attempt) {
            try LayerFolder(folder, lower: LowerLayers(folders: lower))
        }
        let hash = HashThread(diffID.algorithm)
        defer { hash.stop() }
        // The archive's length is known by its digest, so its end may be missing as some writers leave it out.
        do {
            let reader = try TarReader(source, endMayBeMissing: true, observer: { hash.update($0) })
            while let entry = try reader.next() { try add(entry, of: reader, to: target) }
            try target.finish()
        } catch let error where error is ImageError || error is ArchiveError || error is FileError {
            try LayerFailure.explaining(attempt) { throw error }
        }
        let actual = hash.finish()
        guard actual == diffID else {
            throw ImageError(
                .verification, attempt, "its content is not what the image says: it has the digest \(actual)")
        }
        return target.implied
    }

    private static func add(_ entry: TarEntry, of reader: TarReader, to target: LayerFolder) throws {
        let name = entry.path.name
        if name.starts(with: whiteoutPrefix) {
            let parent = entry.path.folder ?? .root
            if name.elementsEqual(opaqueName) { return try target.makeOpaque(parent) }
            let hidden = name.dropFirst(whiteoutPrefix.count)
            // Names of this form are aufs' own records.
            if hidden.starts(with: whiteoutPrefix) { return }
            guard !hidden.isEmpty, !hidden.elementsEqual(".".utf8), !hidden.elementsEqual("..".utf8) else {
                throw ArchiveError(.name, "it removes nothing that has a name", entry: "\(entry.path)")
            }
            let whiteout = LayerContent.Entry(parent.appending(hidden), .whiteout, mode: 0)
            return try target.add(whiteout, fill: { _ in })
        }
        try target.add(LayerContent.Entry(entry)) { file in
            var end: Int64 = 0
            while let extent = try reader.extent() {
                try LayerFolder.write(extent.bytes, to: file, at: extent.offset)
                end = extent.offset + Int64(extent.bytes.count)
            }
            // A hole at the end is not written.
            guard end < entry.size else { return }
            if ftruncate(file, off_t(entry.size)) != 0 { throw FileError(errno, "write", "\(entry.path)") }
        }
    }
}

extension LayerContent.Entry {
    /// What an archive says. The content of a file is not part of it.
    fileprivate init(_ entry: TarEntry) {
        let kind: Kind =
            switch entry.kind {
            case .file: .file(.bytes([]))
            case .folder: .folder(isOpaque: false)
            case .symbolicLink(let target): .symbolicLink(target)
            case .hardLink(let path): .hardLink(path)
            case .characterDevice(let major, let minor): .characterDevice(major: major, minor: minor)
            case .blockDevice(let major, let minor): .blockDevice(major: major, minor: minor)
            case .fifo: .fifo
            }
        self.init(
            entry.path, kind, mode: entry.mode, uid: entry.uid, gid: entry.gid, modified: entry.modified,
            nanoseconds: entry.nanoseconds, attributes: entry.attributes)
    }
}
