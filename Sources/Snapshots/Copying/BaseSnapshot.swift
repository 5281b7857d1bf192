internal import Archive
internal import FileSystem
package import OCI

/// The status of a path in the snapshot that files are copied onto.
package enum PathStatus: Sendable, Hashable {
    case absent
    case folder(FolderAttributes)
    /// A file, or anything else but a folder or link.
    case file
    /// With its target.
    case symbolicLink(String)
}

extension PathStatus {
    var isFolder: Bool { if case .folder = self { true } else { false } }
}

/// The mode and owner of a folder.
package struct FolderAttributes: Sendable, Hashable {
    package var mode: UInt16
    package var uid: UInt32
    package var gid: UInt32

    package init(mode: UInt16 = 0o755, uid: UInt32 = 0, gid: UInt32 = 0) {
        self.mode = mode
        self.uid = uid
        self.gid = gid
    }
}

/// The snapshot that files are copied onto, as far as the result depends on it.
package protocol BaseSnapshot {
    /// The status of a path. The status of all parent folders has been requested before, and they are folders.
    ///
    /// - Parameter path: Absolute and clean; a link at its end is not followed.
    /// - Throws: ``OCI/ImageError``.
    func fact(_ path: String) throws -> PathStatus

    /// The file or link at a path, with its content, if its status has shown that it exists.
    func entry(_ path: String) throws -> LayerContent.Entry?
}

/// An empty base.
package struct EmptyBase: BaseSnapshot, Sendable {
    package init() {}

    package func fact(_ path: String) -> PathStatus { .absent }
    package func entry(_ path: String) -> LayerContent.Entry? { nil }
}

extension StackView: BaseSnapshot {
    package func fact(_ path: String) throws(ImageError) -> PathStatus {
        guard let file = try lookUp(path) else { return .absent }
        switch file.status.kind {
        case .folder:
            return .folder(FolderAttributes(mode: file.status.mode, uid: file.status.uid, gid: file.status.gid))
        case .symbolicLink: return .symbolicLink(String(decoding: file.linkTarget ?? [], as: UTF8.self))
        default: return .file
        }
    }

    package func entry(_ path: String) throws -> LayerContent.Entry? {
        guard let found = try locate(Array(path.utf8), followsLast: false)?.found else { return nil }
        return try TreeWalk.item(found, TarPath(path), .stack(self)).entry
    }
}
