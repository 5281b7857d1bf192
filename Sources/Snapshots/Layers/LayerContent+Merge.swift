package import Archive

extension LayerContent {
    /// The entry of a path.
    package func entry(at path: TarPath) -> Entry? {
        var range = entries.indices
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            if entries[middle].path == path { return entries[middle] }
            range = entries[middle].path < path ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }

    /// Returns true if lower layers are hidden at a path for which the layer has no entry (the kernel's overlayfs.rst).
    package func hides(_ path: TarPath) -> Bool {
        var above = path.folder
        while let folder = above, !folder.isRoot {
            switch entry(at: folder)?.kind {
            case nil, .folder(isOpaque: false): above = folder.folder
            default: return true
            }
        }
        return false
    }

    /// Merges this layer with another one on top of it into one layer without whiteouts.
    func covered(by upper: LayerContent) -> LayerContent {
        func isSeen(_ entry: Entry) -> Bool { upper.entry(at: entry.path) == nil && !upper.hides(entry.path) }
        let seen = entries.filter(isSeen) + upper.withoutLinks.entries.filter { $0.kind != .whiteout }
        return LayerContent(seen.map(\.notOpaque).sorted { $0.path < $1.path })
    }

    /// The content with every hard link turned into a separate file, as overlayfs does when one of them is written to.
    private var withoutLinks: LayerContent {
        let files = Dictionary(entries.map { ($0.path, $0) }) { first, _ in first }
        return LayerContent(
            entries.map { entry in
                guard case .hardLink(let target) = entry.kind, var file = files[target] else { return entry }
                file.path = entry.path
                return file
            })
    }
}

extension LayerContent.Entry {
    fileprivate var notOpaque: LayerContent.Entry {
        guard kind == .folder(isOpaque: true) else { return self }
        var entry = self
        entry.kind = .folder(isOpaque: false)
        return entry
    }
}
