internal import Archive
package import FileSystem
internal import Glibc

/// Removes folders and their content.
package enum TreeRemoval {
    /// - Returns: True if the folder existed.
    /// - Throws: ``FileError``.
    @discardableResult
    package static func remove(_ path: String) throws(FileError) -> Bool {
        do throws(FileError) {
            try empty(OpenFolder(path))
            if rmdir(path) != 0 { throw FileError(errno, "remove the folder", path) }
            return true
        } catch {
            if error.isMissing { return false }
            throw error
        }
    }

    /// Removes an entry from a folder, whatever its kind.
    static func remove(_ name: OpenFolder.Name, from folder: OpenFolder) throws(FileError) {
        guard let status = try folder.status(name) else { return }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        if isFolder { try empty(folder.open(TarPath.root.appending(name.dropLast()))) }
        try folder.calling("remove", name) { unlinkat($0, $1, isFolder ? AT_REMOVEDIR : 0) }
    }

    /// The depth from which on folders are brought up before they are opened.
    private static let greatestDepth = 32

    private static func empty(_ root: OpenFolder) throws(FileError) {
        // Only one folder is open at a time, so that deep trees do not exhaust descriptors, and none is far from the root,
        // so that opening it takes the same time at any depth.
        var pending = [(path: TarPath.root, depth: 0)]
        var folders: [TarPath] = []
        while let (path, depth) = pending.popLast() {
            let folder = try root.open(path)
            for name in try folder.names() {
                let code = OpenFolder.withName(name) { unlinkat(folder.descriptor, $0, 0) == 0 ? 0 : errno }
                switch code {
                case 0, ENOENT: continue
                case EISDIR, EPERM:
                    if depth >= greatestDepth, let moved = bringUp(name, from: folder, to: root) {
                        pending.append((moved, 1))
                    } else {
                        pending.append((path.appending(name.dropLast()), depth + 1))
                    }
                default:
                    throw FileError(
                        code, "remove", "\(folder.path)/\(String(decoding: name.dropLast(), as: UTF8.self))")
                }
            }
            folders.append(path)
        }
        for path in folders.reversed() where !path.isRoot {
            let parent = try root.open(path.folder ?? .root)
            try parent.calling("remove the folder", Array(path.name) + [0]) { unlinkat($0, $1, AT_REMOVEDIR) }
        }
    }

    /// - Returns: The new path of the folder; `nil` if it cannot be moved.
    private static func bringUp(_ name: OpenFolder.Name, from folder: OpenFolder, to root: OpenFolder) -> TarPath? {
        let new = Array(".removed-\(UInt64.random(in: .min ... .max))".utf8)
        let result = OpenFolder.withName(name) { old in
            OpenFolder.withName(new + [0]) { renameat(folder.descriptor, old, root.descriptor, $0) }
        }
        return result == 0 ? TarPath.root.appending(new) : nil
    }
}
