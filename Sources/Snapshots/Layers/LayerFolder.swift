internal import Archive
internal import CLinux
internal import FileSystem
internal import Glibc
internal import OCI

/// A layer folder that is being written, in overlayfs's format: whiteouts are character devices 0:0, opaque folders
/// have an extended attribute. No entry can lead out of the folder.
package final class LayerFolder {
    private let root: OpenFolder
    private let lower: LowerLayers
    private var current: (path: TarPath, folder: OpenFolder)
    private var folderTimes: [(path: TarPath, time: timespec)] = []
    /// Folders without an entry.
    private(set) var implied: Set<TarPath> = []

    /// - Parameters:
    ///   - path: An empty folder.
    ///   - lower: The layers below.
    /// - Throws: ``FileError``.
    init(_ path: String, lower: LowerLayers) throws(FileError) {
        root = try OpenFolder(path)
        self.lower = lower
        current = (.root, root)
    }

    /// Adds an entry, replacing any earlier one.
    ///
    /// - Parameter fill: Writes a file's content to a descriptor.
    func add(_ entry: LayerContent.Entry, fill: (Int32) throws -> Void) throws {
        if entry.path.isRoot {
            guard case .folder = entry.kind else { return }
            return try setAttributes(of: entry, as: [0x2E, 0], in: root)
        }
        let folder = try folder(entry.path.folder ?? .root)
        let name = Array(entry.path.name) + [0]
        switch entry.kind {
        case .whiteout: try addWhiteout(name, in: folder)
        case .folder:
            implied.remove(entry.path)
            try add(entry, folder: name, in: folder)
        default:
            do {
                try create(entry, name, in: folder, fill)
            } catch let error as FileError where error.code == EEXIST {
                try remove(name, entry.path, in: folder)
                try create(entry, name, in: folder, fill)
            }
        }
    }

    /// Hides the content of the folder below.
    func makeOpaque(_ path: TarPath) throws {
        guard let name = path.isRoot ? nil : Array(path.name) + [0] else { return }
        _ = try folder(path)
        let parent = try folder(path.folder ?? .root)
        try ExtendedAttributes.set(ExtendedAttributes.opaque, Array("y".utf8), of: parent.procPath(name))
    }

    /// Sets the times of folders, which changes in them would have affected.
    func finish() throws {
        for (path, time) in folderTimes {
            // Something else may have replaced the folder.
            guard let folder = try? root.open(path) else { continue }
            try folder.calling("set the times of", [0x2E, 0]) { descriptor, _ in futimens(descriptor, [time, time]) }
        }
    }

    // MARK: Parent folders

    private func folder(_ path: TarPath) throws -> OpenFolder {
        if current.path == path { return current.folder }
        let folder: OpenFolder
        do throws(FileError) {
            folder = try root.open(path)
        } catch {
            guard error.isMissing || error.code == ELOOP, let above = path.folder else { throw error }
            folder = try missingFolder(path, in: self.folder(above))
        }
        current = (path, folder)
        return folder
    }

    private func missingFolder(_ path: TarPath, in above: OpenFolder) throws -> OpenFolder {
        let name = Array(path.name) + [0]
        let below = TarPath.root.appending(path.name)
        guard let status = try above.status(name) else {
            implied.insert(path)
            try add(lower.folder(path).entry(path, isOpaque: false), folder: name, in: above)
            return try above.open(below)
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return try above.open(below)
        case S_IFCHR where status.st_rdev == 0:
            try add(ImpliedFolder.plain.entry(path, isOpaque: true), folder: name, in: above)
            return try above.open(below)
        case S_IFLNK: return try root.openThroughLinks(path)
        default: throw FileError(ENOTDIR, "put anything into", "\(root.path)/\(path)")
        }
    }

    private func add(_ entry: LayerContent.Entry, folder name: OpenFolder.Name, in parent: OpenFolder) throws {
        var isOpaque = entry.kind == .folder(isOpaque: true)
        var isNew = OpenFolder.withName(name) { mkdirat(parent.descriptor, $0, 0o700) } == 0
        if !isNew {
            guard errno == EEXIST, let status = try parent.status(name) else {
                throw FileError(errno, "create the folder", "\(parent.path)/\(entry.path)")
            }
            if status.st_mode & S_IFMT != S_IFDIR {
                // If this layer has removed something, a new folder there hides its content.
                if status.st_mode & S_IFMT == S_IFCHR, status.st_rdev == 0 { isOpaque = true }
                try TreeRemoval.remove(name, from: parent)
                try parent.calling("create the folder", name) { mkdirat($0, $1, 0o700) }
                isNew = true
            }
        }
        if isOpaque {
            try ExtendedAttributes.set(ExtendedAttributes.opaque, Array("y".utf8), of: parent.procPath(name))
        }
        try setAttributes(of: entry, as: name, in: parent)
    }

    // MARK: Other entries

    private func addWhiteout(_ name: OpenFolder.Name, in folder: OpenFolder) throws {
        guard let status = try folder.status(name) else {
            try folder.calling("create", name) { mknodat($0, $1, S_IFCHR, 0) }
            return
        }
        // It removes what is below, not what this layer has, which hides that anyway or is a folder.
        guard status.st_mode & S_IFMT == S_IFDIR else { return }
        try ExtendedAttributes.set(ExtendedAttributes.opaque, Array("y".utf8), of: folder.procPath(name))
    }

    private func remove(_ name: OpenFolder.Name, _ path: TarPath, in folder: OpenFolder) throws {
        try TreeRemoval.remove(name, from: folder)
        // Open folders below it are gone.
        current = (path.folder ?? .root, folder)
    }

    private func create(
        _ entry: LayerContent.Entry, _ name: OpenFolder.Name, in folder: OpenFolder, _ fill: (Int32) throws -> Void
    ) throws {
        switch entry.kind {
        case .file:
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
            let file = try folder.calling("create", name) { clinux_openat($0, $1, flags, 0o600) }
            defer { close(file) }
            try fill(file)
        case .symbolicLink(let target):
            try OpenFolder.withName(target + [0]) { text in
                _ = try folder.calling("create the link", name) { symlinkat(text, $0, $1) }
            }
        case .hardLink(let target): return try link(name, in: folder, to: target)
        case .characterDevice(let major, let minor):
            try createDevice(name, in: folder, S_IFCHR, clinux_device(major, minor))
        case .blockDevice(let major, let minor):
            try createDevice(name, in: folder, S_IFBLK, clinux_device(major, minor))
        case .fifo: try folder.calling("create the pipe", name) { mknodat($0, $1, S_IFIFO | 0o600, 0) }
        case .folder, .whiteout: return
        }
        try setAttributes(of: entry, as: name, in: folder)
    }

    private func createDevice(
        _ name: OpenFolder.Name, in folder: OpenFolder, _ type: mode_t, _ device: dev_t
    ) throws(FileError) {
        do {
            try folder.calling("create the device", name) { mknodat($0, $1, type | 0o600, device) }
        } catch  where error.code == EPERM && !UserNamespace.isRoot {
            try DeviceStandIn.create(name, in: folder, type, device)
        }
    }

    private func link(_ name: OpenFolder.Name, in folder: OpenFolder, to target: TarPath) throws {
        let above = target.folder ?? .root
        let targetName = Array(target.name) + [0]
        if let source = try? root.open(above), try source.status(targetName) != nil {
            try OpenFolder.withName(targetName) { text in
                _ = try folder.calling("create the link", name) { linkat(source.descriptor, text, $0, $1, 0) }
            }
            return
        }
        guard let found = try lower.find(target), found.status.kind == .file else {
            throw ImageError(
                .verification, "cannot write \(folder.path)/\(String(decoding: name.dropLast(), as: UTF8.self))",
                "it is a hard link to \(target), which is neither in its layer nor below")
        }
        // Layers cannot share a file, so copy it.
        let status = found.status
        let entry = LayerContent.Entry(
            target, .file(.bytes([])), mode: status.mode, uid: status.uid, gid: status.gid,
            modified: status.modified.seconds, nanoseconds: status.modified.nanoseconds,
            attributes: try ExtendedAttributes.counting(found.path.name))
        try create(entry, name, in: folder) { file in
            let source = found.path.withCString { clinux_openat(AT_FDCWD, $0, O_RDONLY | O_NOFOLLOW, 0) }
            defer { if source >= 0 { close(source) } }
            guard source >= 0, clinux_copy_content(source, file) >= 0 else {
                throw FileError(errno, "copy", found.path.text)
            }
        }
    }

    private func setAttributes(of entry: LayerContent.Entry, as name: OpenFolder.Name, in folder: OpenFolder) throws {
        let isLink = if case .symbolicLink = entry.kind { true } else { false }
        // Set the owner first, since changing it clears set-uid bits and capabilities.
        do throws(FileError) {
            try folder.calling("give away", name) { fchownat($0, $1, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) }
        } catch {
            throw LayerFailure.ofOwner(error, "\(entry.path)", user: entry.uid, group: entry.gid)
        }
        if !isLink {
            try folder.calling("set the mode of", name) { fchmodat($0, $1, mode_t(entry.mode), 0) }
        }
        for attribute in entry.attributes where LayerContent.counts(attribute: attribute.name) {
            try ExtendedAttributes.set(attribute.name, attribute.value, of: folder.procPath(name))
        }
        let time = timespec(tv_sec: Int(entry.modified), tv_nsec: Int(entry.nanoseconds))
        if case .folder = entry.kind {
            folderTimes.append((entry.path, time))
        } else {
            try folder.calling("set the times of", name) { utimensat($0, $1, [time, time], AT_SYMLINK_NOFOLLOW) }
        }
    }
}
