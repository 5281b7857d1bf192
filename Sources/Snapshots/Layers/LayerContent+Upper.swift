internal import Archive
internal import CLinux
internal import FileSystem
internal import Glibc
package import OCI

extension LayerContent {
    /// The content of an upper folder of overlayfs, or of a layer folder in the same format.
    ///
    /// Whiteouts are character devices 0:0, and opaque folders have the attribute ``ExtendedAttributes/opaque``.
    /// Further names of a file become hard links to the first. Sockets are omitted, as in every archive, and so is the
    /// folder itself. The folder must not change while the content is in use.
    ///
    /// - Parameter upper: An absolute path.
    /// - Throws: ``ImageError``.
    package init(upper: String) throws(ImageError) {
        let entries = try LayerFailure.explaining("cannot read the files of a layer") {
            var walk = UpperWalk(root: try OpenFolder(upper))
            return try walk.entries()
        }
        self.init(entries)
    }
}

private struct UpperWalk {
    /// The maximum size of a file to read into memory because its name is not valid text, in bytes.
    private static let largestUnnamed = 64 << 20

    private struct Found {
        var entry: LayerContent.Entry
        /// Set for files with several names.
        let stamp: FileStamp?
    }

    private let root: OpenFolder
    private var found: [Found] = []

    init(root: OpenFolder) {
        self.root = root
    }

    mutating func entries() throws -> [LayerContent.Entry] {
        var pending = [TarPath.root]
        while let path = pending.popLast() {
            let folder = try root.open(path)
            for name in try folder.names() {
                guard var status = try folder.status(name) else { continue }
                if status.st_mode & S_IFMT == S_IFREG,
                    let (type, number) = try DeviceStandIn.device(
                        ofSize: Int64(status.st_size), at: folder.procPath(name))
                {
                    status.st_mode = status.st_mode & ~S_IFMT | type
                    status.st_rdev = number
                }
                let entryPath = try path.going(to: name)
                guard let entry = try entry(at: entryPath, in: folder, name, status) else { continue }
                if case .folder = entry.kind { pending.append(entryPath) }
                let isFile = status.st_mode & S_IFMT == S_IFREG
                found.append(Found(entry: entry, stamp: isFile && status.st_nlink > 1 ? FileStamp(status) : nil))
            }
        }
        found.sort { $0.entry.path < $1.entry.path }
        joinLinks()
        return found.map(\.entry)
    }

    private mutating func joinLinks() {
        var first: [FileStamp: TarPath] = [:]
        for index in found.indices {
            guard let stamp = found[index].stamp else { continue }
            if let target = first[stamp] {
                found[index].entry.kind = .hardLink(target)
            } else {
                first[stamp] = found[index].entry.path
            }
        }
    }

    private func entry(
        at path: TarPath, in folder: OpenFolder, _ name: OpenFolder.Name, _ status: stat
    ) throws -> LayerContent.Entry? {
        let device = status.st_rdev
        let kind: LayerContent.Entry.Kind
        let procPath = folder.procPath(name)
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file(try data(of: path, in: folder, name, status))
        case S_IFDIR: kind = .folder(isOpaque: try ExtendedAttributes.isOpaque(procPath))
        case S_IFLNK: kind = .symbolicLink(try folder.linkTarget(name))
        case S_IFCHR where device == 0: return LayerContent.Entry(path, .whiteout, mode: 0)
        case S_IFCHR:
            kind = .characterDevice(major: clinux_device_major(device), minor: clinux_device_minor(device))
        case S_IFBLK: kind = .blockDevice(major: clinux_device_major(device), minor: clinux_device_minor(device))
        case S_IFIFO: kind = .fifo
        default: return nil
        }
        return LayerContent.Entry(
            path, kind, mode: UInt16(status.st_mode & 0o7777), uid: status.st_uid, gid: status.st_gid,
            modified: Int64(status.st_mtim.tv_sec), nanoseconds: UInt32(status.st_mtim.tv_nsec),
            attributes: try ExtendedAttributes.counting(procPath))
    }

    private func data(
        of path: TarPath, in folder: OpenFolder, _ name: OpenFolder.Name, _ status: stat
    ) throws -> LayerContent.FileData {
        if let text = String(validating: path.bytes, as: UTF8.self) {
            return .file("\(root.path)/\(text)", size: Int64(status.st_size))
        }
        guard status.st_size <= Self.largestUnnamed else {
            throw FileError(EFBIG, "take along, as its name is not text,", "\(root.path)/\(path)")
        }
        let descriptor = try folder.calling("read", name) { clinux_openat($0, $1, O_RDONLY | O_NOFOLLOW, 0) }
        defer { close(descriptor) }
        return .bytes(try File.read("/proc/self/fd/\(descriptor)", limit: Self.largestUnnamed))
    }
}
