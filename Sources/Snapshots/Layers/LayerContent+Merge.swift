internal import Archive

extension LayerContent {
    /// Merges this layer with another one on top of it into one layer without whiteouts.
    func covered(by upper: LayerContent) -> LayerContent {
        /// Paths hidden with everything below them, and folders of which only the content is hidden.
        var hidden: Set<TarPath> = []
        var emptied: Set<TarPath> = []
        var replaced: Set<TarPath> = []
        for entry in upper.entries {
            switch entry.kind {
            case .folder(let isOpaque):
                replaced.insert(entry.path)
                if isOpaque { emptied.insert(entry.path) }
            default: hidden.insert(entry.path)
            }
        }
        func isSeen(_ entry: Entry) -> Bool {
            if hidden.contains(entry.path) || replaced.contains(entry.path) { return false }
            var above = entry.path.folder
            while let folder = above {
                if hidden.contains(folder) || emptied.contains(folder) { return false }
                above = folder.folder
            }
            return true
        }
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
