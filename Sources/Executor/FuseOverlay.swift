internal import FileSystem
internal import Glibc
internal import Processes

/// Joins layers with fuse-overlayfs(1), for users whose kernel does not mount overlayfs for them.
///
/// It is a program of the sandbox's process, and ends with it.
struct FuseOverlay {
    static let name = "fuse-overlayfs"

    /// Its path.
    let program: String

    func mount(
        layers: [String], writable: (upper: String, work: String)?, on target: String, limits: Mounting.Limits
    ) throws(FileError) {
        var options = ["lowerdir=" + layers.reversed().map(Self.escaped).joined(separator: ":")]
        if let writable {
            options += ["upperdir=" + Self.escaped(writable.upper), "workdir=" + Self.escaped(writable.work)]
        }
        // It is killed when the step has ended.
        options.append("writeback=0")
        let child = try ChildProgram.start(program, [program, "-o", options.joined(separator: ","), target])
        while true {
            let (process, ending) = try ChildProgram.waitForAny()
            if process != child { continue }
            guard ending == .exited(status: 0) else { throw FileError(EIO, "mount \(Self.name) on", target) }
            return try Mounting.limit(target, to: limits)
        }
    }

    private static func escaped(_ path: String) -> String {
        path.map { ":,\\".contains($0) ? "\\\($0)" : String($0) }.joined()
    }

    // MARK: What it leaves

    private static let opaqueFile = ".wh..wh..opq".asName
    private static let opaqueDevice = ".wh..opq".asName

    /// Gives a folder that it has written to the form of overlayfs: a folder is opaque by an attribute, and only where there
    /// is something below to hide, and nothing else is noted down. Times stay as they are.
    ///
    /// - Parameter layers: Those below, the lowest first.
    static func tidy(_ upper: String, over layers: [String]) throws(FileError) {
        let root = try OpenFolder(upper)
        try removeNotes(root.procPath(itself))
        var pending: [(path: [UInt8], hasOnlyOwn: Bool)] = [([], false)]
        while let (path, isInOpaque) = pending.popLast() {
            let folder = try root.open(below: path)
            let before = try folder.status()
            var isOpaque = false
            var folders: [[UInt8]] = []
            for name in try folder.names() {
                if name == opaqueFile || name == opaqueDevice {
                    try folder.calling("remove", name) { unlinkat($0, $1, 0) }
                    isOpaque = true
                    continue
                }
                try removeNotes(folder.procPath(name))
                if let status = try folder.status(name), status.st_mode & S_IFMT == S_IFDIR {
                    folders.append((path.isEmpty ? [] : path + [UInt8(ascii: "/")]) + name.dropLast())
                }
            }
            if isOpaque, !isInOpaque, try isSeen(path, in: layers) {
                try ExtendedAttributes.set(ExtendedAttributes.opaque, Array("y".utf8), of: folder.procPath(itself))
            }
            futimens(folder.descriptor, [before.st_atim, before.st_mtim])
            pending += folders.map { ($0, isInOpaque || isOpaque) }
        }
    }

    private static let itself = ".".asName

    /// Returns true if anything of layers shows at a path.
    private static func isSeen(_ path: [UInt8], in layers: [String]) throws(FileError) -> Bool {
        let names = path.split(separator: UInt8(ascii: "/")).map { Array($0) + [0] }
        for layer in layers.reversed() {
            var folder = try OpenFolder(layer)
            var isLast = false
            for (index, name) in names.enumerated() {
                guard let status = try folder.status(name) else { break }
                if status.st_mode & S_IFMT == S_IFCHR, status.st_rdev == 0 { return false }
                if index == names.count - 1 { return true }
                guard status.st_mode & S_IFMT == S_IFDIR else { return false }
                if try ExtendedAttributes.isOpaque(folder.procPath(name)) { isLast = true }
                folder = try folder.open(below: name.dropLast())
            }
            if isLast { return false }
        }
        return false
    }

    private static func removeNotes(_ path: OpenFolder.Name) throws(FileError) {
        for attribute in try ExtendedAttributes.names(path)
        where attribute.hasPrefix(ExtendedAttributes.fuseOverlayPrefix) {
            try ExtendedAttributes.remove(attribute, of: path)
        }
    }
}
