internal import Archive
internal import FileSystem
internal import Glibc
internal import Snapshots

/// An output folder for the files of an image. It is not a root file system, so set-user-ID programs and devices in it
/// must not give other users of this machine any rights.
struct ExportFolder {
    /// A note for the user; `nil` for none.
    let note: String?

    /// Creates the folder, inaccessible to other users if it is going to contain set-user-ID files. The mode of a
    /// folder with other files in it is not changed.
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

    /// True if executing one of the files changes the user or group.
    fileprivate var hasPrivilegedFiles: Bool {
        entries.contains { entry in
            guard case .file = entry.kind else { return false }
            return entry.mode & 0o6000 != 0
        }
    }

    /// The content without devices, including hard links to them.
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
