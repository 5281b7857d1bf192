package import Archive
package import Concurrency
internal import FileSystem
internal import Glibc
package import OCI

/// Unpacks the archive of a layer into a folder in overlayfs's format (image-spec, layer.md).
package enum LayerUnpacking {
    /// Unpacks and verifies an archive, compressed or not.
    ///
    /// Folders without entries get the attributes that they have below, or else mode 0755 and root. Later entries
    /// replace earlier ones. A whiteout hides content of lower layers, never of the same layer. Symbolic links of the
    /// layer cannot lead out of the folder.
    ///
    /// - Parameters:
    ///   - folder: The absolute path of an empty folder.
    ///   - diffID: The digest of the uncompressed archive.
    ///   - space: The measurement of the space that is left; by default for the folder.
    ///   - lower: The folders of the layers below, the lowest first; targets of hard links in them are copied.
    /// - Returns: The folders without entries.
    /// - Throws: ``ImageError``, of code `verification` if the archive is damaged or has another digest; the error of
    ///   the source. Files unpacked before the error stay, and must not be used.
    @discardableResult
    package static func unpack(
        _ source: @escaping ByteSource, to folder: String, expecting diffID: Digest, over lower: [String] = [],
        watching space: SpaceWatch? = nil
    ) throws -> Set<TarPath> {
        let attempt = "cannot unpack the layer \(diffID.short)"
        let target = try LayerFailure.explaining(attempt) {
            try LayerFolder(folder, lower: LowerLayers(folders: lower))
        }
        var space = space ?? SpaceWatch(folder, attempt: attempt)
        let hash = HashThread(diffID.algorithm)
        defer { hash.stop() }
        // The digest covers the length, so the end mark, which some writers omit, is optional.
        do {
            let reader = try TarReader(source, endMayBeMissing: true, observer: { hash.update($0) })
            while let entry = try reader.next() { try add(entry, of: reader, to: target, &space) }
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

    private static func add(
        _ member: TarEntry, of reader: TarReader, to target: LayerFolder, _ space: inout SpaceWatch
    ) throws {
        switch try LayerMember(member) {
        case nil: return
        case .opaque(let folder): try target.makeOpaque(folder)
        case .entry(let entry):
            try target.add(entry) { file in
                var end: Int64 = 0
                while let extent = try reader.extent() {
                    try LayerFolder.write(extent.bytes, to: file, at: extent.offset)
                    try space.wrote(extent.bytes.count)
                    end = extent.offset + Int64(extent.bytes.count)
                }
                // A hole at the end is not written.
                guard end < member.size else { return }
                if ftruncate(file, off_t(member.size)) != 0 { throw FileError(errno, "write", "\(member.path)") }
            }
        }
    }
}
