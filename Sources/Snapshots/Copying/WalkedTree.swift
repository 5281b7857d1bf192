internal import Archive
internal import DockerfileLanguage
internal import FileSystem

/// The content of a folder in a tree, in the order of the relative paths, without the folder itself.
package struct WalkedTree: Sendable {
    package struct Item: Sendable {
        package var entry: LayerContent.Entry
        /// The identity that a file shares with its other names; `nil` if it has none.
        var link: FileStatus.Identity?

        var isFolder: Bool {
            if case .folder = entry.kind { true } else { false }
        }

        static func folder(_ path: TarPath, _ facts: FolderAttributes) -> Item {
            Item(
                entry: .init(path, .folder(isOpaque: false), mode: facts.mode, uid: facts.uid, gid: facts.gid))
        }
    }

    var items: [Item]

    /// The tree without some paths. Folders with remaining content stay.
    ///
    /// - Parameter isIncluded: Decides on a path relative to the folder.
    func filtered(_ isIncluded: (String) -> Bool) -> WalkedTree {
        var needed: Set<TarPath> = []
        var kept: [Item] = []
        for item in items.reversed() {
            let path = item.entry.path
            guard needed.contains(path) || isIncluded(String(decoding: path.bytes, as: UTF8.self)) else { continue }
            if let parent = path.folder { needed.insert(parent) }
            kept.append(item)
        }
        return WalkedTree(items: kept.reversed())
    }

    /// The tree without paths that `--exclude` matches.
    func excluding(_ patterns: PathPatterns) -> WalkedTree {
        patterns.isEmpty ? self : filtered { !patterns.excludes($0) }
    }
}
