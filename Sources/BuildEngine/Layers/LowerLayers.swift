internal import Archive
internal import CLinux
internal import FileSystem
internal import Glibc

/// The folders of the layers that lie under a layer, in the form that overlayfs wants.
struct LowerLayers {
    /// What is seen of them at a path.
    struct Found {
        let path: OpenFolder.Name
        let status: stat

        var kind: mode_t { status.st_mode & S_IFMT }
    }

    /// The lowest first.
    let folders: [String]

    /// What is there, seen from above, where no layer hides it. Symbolic links are not followed.
    func find(_ path: TarPath) throws(FileError) -> Found? {
        layers: for folder in folders.reversed() {
            var place = Array(folder.utf8) + [0]
            var rest = path.bytes.split(separator: UInt8(ascii: "/"))[...]
            var hidesLower = false
            while let name = rest.popFirst() {
                place = place.dropLast() + [UInt8(ascii: "/")] + name + [0]
                var status = stat()
                guard OpenFolder.withName(place, { lstat($0, &status) }) == 0 else {
                    guard errno == ENOENT else {
                        throw FileError(errno, "look at", String(decoding: place.dropLast(), as: UTF8.self))
                    }
                    if hidesLower { return nil }
                    continue layers
                }
                let isWhiteout = status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0
                if rest.isEmpty { return isWhiteout ? nil : Found(path: place, status: status) }
                guard status.st_mode & S_IFMT == S_IFDIR else { return nil }
                if try ExtendedAttributes.isOpaque(place) { hidesLower = true }
            }
        }
        return nil
    }

    /// What a folder is, that a layer only leads through.
    func folder(_ path: TarPath) throws(FileError) -> ImpliedFolder {
        guard let found = try find(path), found.kind == S_IFDIR else { return .plain }
        let status = found.status
        return ImpliedFolder(
            mode: UInt16(status.st_mode & 0o7777), uid: status.st_uid, gid: status.st_gid,
            modified: Int64(status.st_mtim.tv_sec), nanoseconds: UInt32(status.st_mtim.tv_nsec),
            attributes: try ExtendedAttributes.counting(found.path))
    }
}

/// A folder on the way to what a layer changes. overlayfs shows what the topmost layer says about a folder, so in the
/// layer's own folder it has to be what it is below.
struct ImpliedFolder: Hashable {
    /// What it is where there is nothing below.
    static let plain = ImpliedFolder(mode: 0o755, uid: 0, gid: 0, modified: 0, nanoseconds: 0, attributes: [])

    let mode: UInt16
    let uid: UInt32
    let gid: UInt32
    let modified: Int64
    let nanoseconds: UInt32
    let attributes: [TarEntry.Attribute]

    /// Whether it is as if nothing were below, but for times.
    var isPlain: Bool { mode == 0o755 && uid == 0 && gid == 0 && attributes.isEmpty }

    func entry(_ path: TarPath, isOpaque: Bool) -> LayerContent.Entry {
        LayerContent.Entry(
            path, .folder(isOpaque: isOpaque), mode: mode, uid: uid, gid: gid, modified: modified,
            nanoseconds: nanoseconds, attributes: attributes)
    }
}
