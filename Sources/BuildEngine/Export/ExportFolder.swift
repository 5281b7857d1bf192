internal import Archive
internal import FileSystem
internal import Glibc
internal import Snapshots

/// The folder that the files of an image are written into, which is no root of anything: what only means something
/// there must not be a way for other users of this machine to become somebody else, or to reach its devices.
struct ExportFolder {
    /// What a person should know about it; `nil` for nothing.
    let note: String?

    /// Creates the folder, so that others cannot reach what is to be in it where that has set-user-id bits. A folder
    /// with other files in it stays as it is.
    init(_ path: String, for contents: [LayerContent]) throws(FileError) {
        let devices = contents.reduce(0) { $0 + $1.devices }
        var notes: [String] = []
        if devices > 0 {
            let what = devices == 1 ? "a device of the image is" : "\(devices) devices of the image are"
            notes.append("\(what) not made in \(path)")
        }
        if contents.contains(where: \.hasPrivilegedFiles) {
            let isNew = try FileStatus(of: path) == nil
            try Folder.create(path, permissions: 0o700)
            if !isNew, try Folder.list(path).isEmpty { chmod(path, 0o700) }
            if Self.isOpen(path) {
                notes.append("every user of this machine can run the set-user-id files in \(path)")
            }
        }
        note = notes.isEmpty ? nil : notes.joined(separator: ", and ")
    }

    private static func isOpen(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o011 != 0
    }
}

extension LayerContent {
    fileprivate var devices: Int { entries.count(where: \.isDevice) }

    /// Whether whoever runs one of its files becomes its owner or a member of its group.
    fileprivate var hasPrivilegedFiles: Bool {
        entries.contains { entry in
            guard case .file = entry.kind else { return false }
            return entry.mode & 0o6000 != 0
        }
    }

    /// The content without devices, whatever names they have.
    var withoutDevices: LayerContent {
        let paths = Set(entries.filter(\.isDevice).map(\.path))
        if paths.isEmpty { return self }
        return LayerContent(
            entries.filter { entry in
                if case .hardLink(let target) = entry.kind { return !paths.contains(target) }
                return !entry.isDevice
            })
    }
}

extension LayerContent.Entry {
    fileprivate var isDevice: Bool {
        switch kind {
        case .characterDevice, .blockDevice: true
        default: false
        }
    }
}
