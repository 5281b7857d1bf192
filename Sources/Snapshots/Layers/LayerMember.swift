internal import Archive

/// The meaning of one entry of a layer's archive (image-spec, layer.md, "Representing Changes").
enum LayerMember {
    /// Something that the layer has; a file's content is not part of it.
    case entry(LayerContent.Entry)
    /// Nothing of what is below shows through a folder.
    case opaque(TarPath)

    private static let whiteoutPrefix = Array(".wh.".utf8)
    private static let opaqueName = Array(".wh..wh..opq".utf8)

    /// - Returns: `nil` for aufs' own records, which say nothing.
    /// - Throws: ``ArchiveError`` for a whiteout of nothing.
    init?(_ entry: TarEntry) throws(ArchiveError) {
        let name = entry.path.name
        guard name.starts(with: Self.whiteoutPrefix) else {
            self = .entry(LayerContent.Entry(entry))
            return
        }
        let parent = entry.path.folder ?? .root
        if name.elementsEqual(Self.opaqueName) {
            self = .opaque(parent)
            return
        }
        let hidden = name.dropFirst(Self.whiteoutPrefix.count)
        if hidden.starts(with: Self.whiteoutPrefix) { return nil }
        guard !hidden.isEmpty, !hidden.elementsEqual(".".utf8), !hidden.elementsEqual("..".utf8) else {
            throw ArchiveError(.name, "it removes nothing that has a name", entry: "\(entry.path)")
        }
        self = .entry(LayerContent.Entry(parent.appending(hidden), .whiteout, mode: 0))
    }
}

extension LayerContent.Entry {
    /// The entry of the archive.
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
