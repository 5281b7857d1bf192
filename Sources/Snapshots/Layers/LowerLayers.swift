internal import Archive
internal import FileSystem

/// The folders of lower layers, in overlayfs's format. They must not change while the value is in use, so merged
/// folders are cached.
final class LowerLayers {
    private let view: StackView
    /// The merged folders at each path, the topmost first.
    private var joined: [TarPath: [StackView.LayerPath]]

    /// - Parameter folders: The folders, the lowest first.
    init(folders: [String]) {
        view = StackView(layers: folders, name: "the layers below")
        joined = [.root: view.roots]
    }

    /// The visible file at a path below the root. Symbolic links are not followed.
    func find(_ path: TarPath) throws(FileError) -> StackView.Found? {
        guard let above = path.folder else { return nil }
        return try view.find(path.name, in: folders(of: above))
    }

    private func folders(of path: TarPath) throws(FileError) -> [StackView.LayerPath] {
        if let known = joined[path] { return known }
        let folders = try find(path)?.folders ?? []
        joined[path] = folders
        return folders
    }

    /// The attributes of a folder that a layer only leads through.
    func folder(_ path: TarPath) throws(FileError) -> ImpliedFolder {
        guard let found = try find(path), found.isFolder else { return .plain }
        let status = found.status
        return ImpliedFolder(
            mode: status.mode, uid: status.uid, gid: status.gid, modified: status.modified.seconds,
            nanoseconds: status.modified.nanoseconds, attributes: try ExtendedAttributes.counting(found.path.name))
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
