internal import Archive
internal import CLinux
internal import FileSystem
internal import Glibc

/// The folders of lower layers, in overlayfs's format. They must not change while the value is in use.
final class LowerLayers {
    /// The visible file at a path.
    struct Found {
        let path: OpenFolder.Name
        let status: stat
        /// The index of the layer; the lowest is 0.
        let layer: Int

        var kind: mode_t { status.st_mode & S_IFMT }
    }

    /// A folder in one layer.
    private struct Part {
        let path: OpenFolder.Name
        let layer: Int
    }

    /// The merged folders at each path, the topmost first.
    private var joined: [TarPath: [Part]]

    /// - Parameter folders: The folders, the lowest first.
    init(folders: [String]) {
        joined = [.root: folders.enumerated().reversed().map { Part(path: Array($1.utf8) + [0], layer: $0) }]
    }

    /// The visible file at a path. Symbolic links are not followed.
    func find(_ path: TarPath) throws(FileError) -> Found? {
        try look(path).found
    }

    private func parts(of path: TarPath) throws(FileError) -> [Part] {
        if let known = joined[path] { return known }
        let parts = try look(path).parts
        joined[path] = parts
        return parts
    }

    /// The visible file at a path, and the merged folders if it is a folder.
    private func look(_ path: TarPath) throws(FileError) -> (found: Found?, parts: [Part]) {
        guard let above = path.folder else { return (nil, try parts(of: path)) }
        var top: Found?
        var parts: [Part] = []
        for part in try self.parts(of: above) {
            var entryPath = part.path
            entryPath[entryPath.endIndex - 1] = UInt8(ascii: "/")
            entryPath += path.name + [0]
            var status = stat()
            guard OpenFolder.withName(entryPath, { lstat($0, &status) }) == 0 else {
                if errno == ENOENT { continue }
                throw FileError(errno, "look at", String(decoding: entryPath.dropLast(), as: UTF8.self))
            }
            let found = Found(path: entryPath, status: status, layer: part.layer)
            if found.kind == S_IFCHR, status.st_rdev == 0 { break }
            if top == nil { top = found }
            guard found.kind == S_IFDIR else { break }
            parts.append(Part(path: entryPath, layer: part.layer))
            if try ExtendedAttributes.isOpaque(entryPath) { break }
        }
        return (top, parts)
    }

    /// The attributes of a folder that a layer only leads through.
    func folder(_ path: TarPath) throws(FileError) -> ImpliedFolder {
        guard let found = try find(path), found.kind == S_IFDIR else { return .plain }
        let status = found.status
        return ImpliedFolder(
            mode: UInt16(status.st_mode & 0o7777), uid: status.st_uid, gid: status.st_gid,
            modified: Int64(status.st_mtim.tv_sec), nanoseconds: UInt32(status.st_mtim.tv_nsec),
            attributes: try ExtendedAttributes.counting(found.path))
    }
}

/// A folder on the way to a change. overlayfs shows the attributes of a folder in the topmost layer, so the layer's
/// folder has to repeat the attributes below.
struct ImpliedFolder: Hashable {
    /// The attributes if there is no such folder below.
    static let plain = ImpliedFolder(mode: 0o755, uid: 0, gid: 0, modified: 0, nanoseconds: 0, attributes: [])

    let mode: UInt16
    let uid: UInt32
    let gid: UInt32
    let modified: Int64
    let nanoseconds: UInt32
    let attributes: [TarEntry.Attribute]

    /// True if the attributes, except times, are those without a folder below.
    var isPlain: Bool { mode == 0o755 && uid == 0 && gid == 0 && attributes.isEmpty }

    func entry(_ path: TarPath, isOpaque: Bool) -> LayerContent.Entry {
        LayerContent.Entry(
            path, .folder(isOpaque: isOpaque), mode: mode, uid: uid, gid: gid, modified: modified,
            nanoseconds: nanoseconds, attributes: attributes)
    }
}
