internal import Archive
internal import CLinux
internal import FileSystem
internal import Glibc
package import OCI

/// A merged copy of layers in one folder, for a step to write to, where overlayfs cannot be mounted.
///
/// The changes of the step are found by comparing the folder before and after, and become the layer that overlayfs
/// would have produced.
package struct TreeCopy: Sendable {
    /// The record of a file in the folder.
    private struct Mark: Hashable {
        let stamp: FileStamp
        let kind: mode_t
        /// The creation time, since inodes are reused.
        let born: Int64
    }

    /// An absolute path.
    package let folder: String
    private let before: [TarPath: Mark]

    /// Copies layers.
    ///
    /// - Parameters:
    ///   - layers: Their folders in overlayfs's format, the lowest first.
    ///   - folder: The absolute path of an empty folder. It remains in use as long as the value and its changes are.
    /// - Throws: ``ImageError``.
    package init(of layers: [String], in folder: String) throws(ImageError) {
        self.folder = folder
        var content = LayerContent()
        for layer in layers { content = content.covered(by: try LayerContent(upper: layer)) }
        try content.write(to: folder)
        before = try LayerFailure.explaining("cannot copy layers") { try Self.marks(folder) }
        Self.waitUntilSettled(before.values.map(\.stamp))
    }

    /// The changes since the folder was made. Nothing may be writing to it.
    ///
    /// - Throws: ``ImageError``.
    package func changes() throws(ImageError) -> LayerContent {
        let content = try LayerContent(upper: folder)
        let after = try LayerFailure.explaining("cannot find what a step has changed") { try Self.marks(folder) }
        var changed: Set<TarPath> = []
        var replaced: Set<TarPath> = []
        for (path, mark) in after where before[path] != mark {
            if let old = before[path], mark.kind == S_IFDIR, !Self.isSameFolder(old, mark) { replaced.insert(path) }
            var ancestor: TarPath? = path
            while let above = ancestor, changed.insert(above).inserted { ancestor = above.folder }
        }
        var entries: [LayerContent.Entry] = []
        for var entry in content.entries where changed.contains(entry.path) {
            let isInReplaced = entry.path.folder.map { replaced.contains($0) } ?? false
            if replaced.contains(entry.path), !isInReplaced { entry.kind = .folder(isOpaque: true) }
            entries.append(entry)
        }
        for path in before.keys where after[path] == nil {
            // The content of a removed or new folder needs no record of its own.
            let above = path.folder ?? .root
            guard above.isRoot || after[above]?.kind == S_IFDIR, !replaced.contains(above) else { continue }
            entries.append(LayerContent.Entry(path, .whiteout, mode: 0))
        }
        return LayerContent(entries.sorted { $0.path < $1.path })
    }

    private static func isSameFolder(_ old: Mark, _ new: Mark) -> Bool {
        old.kind == S_IFDIR && old.stamp.inode == new.stamp.inode && old.stamp.device == new.stamp.device
            && old.born == new.born
    }

    /// Waits for the file system's clock to advance, so that every change is visible.
    private static func waitUntilSettled(_ stamps: [FileStamp]) {
        guard let last = stamps.max(by: { $0.changed < $1.changed }) else { return }
        while last.changed <= FileStamp.now, !last.isSettled(at: FileStamp.now) { usleep(5000) }
    }

    private static func marks(_ path: String) throws(FileError) -> [TarPath: Mark] {
        let root = try OpenFolder(path)
        var marks: [TarPath: Mark] = [:]
        var pending = [TarPath.root]
        while let path = pending.popLast() {
            let folder = try root.open(path)
            for name in try folder.names() {
                guard let status = try folder.status(name) else { continue }
                let kind = status.st_mode & S_IFMT
                let isFolder = kind == S_IFDIR
                let born = isFolder ? OpenFolder.withName(name) { clinux_birth_time(folder.descriptor, $0) } : 0
                let entryPath = try path.going(to: name)
                marks[entryPath] = Mark(stamp: FileStamp(status), kind: kind, born: born)
                if isFolder { pending.append(entryPath) }
            }
        }
        return marks
    }
}
