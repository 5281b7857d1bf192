internal import FileSystem
internal import Glibc

/// Provides mount points without adding them to the result of a step.
///
/// With overlayfs, missing ones go into the lowest layer, a folder in memory: they are visible where the image has
/// nothing, and never reach the layer that the step writes. Only where a layer hides them, or without overlayfs, are
/// stubs created that have to be removed again.
///
/// The step may move everything and leave links in its location. Each stub is therefore held open with its folder from
/// before the step runs, and removed only from that folder, and only if it is still there.
struct MountPoints {
    /// A stub created in the root file system itself.
    private struct Stub {
        let name: OpenFolder.Name
        let parent: OpenFolder
        let file: HeldFile
        let isFolder: Bool
        let before: stat
        let after: stat
    }

    /// A folder that overlayfs copied to the upper folder because of a stub.
    private struct Copy {
        let name: OpenFolder.Name
        let parent: OpenFolder
        let file: HeldFile
        let original: stat
    }

    private let root: RootFolder
    private let upper: RootFolder?
    private var stubs: [Stub] = []
    private var copies: [Copy] = []

    /// - Parameter upper: The upper folder of the overlay mounted at the root.
    init(in root: RootFolder, upper: String?) throws(FileError) {
        self.root = root
        self.upper = try upper.map { path throws(FileError) in try RootFolder(path) }
    }

    /// Adds a mount point and its parent folders to the lowest layer.
    static func prepare(_ location: RootFolder.Location, isFolder: Bool, in lowest: RootFolder) throws(FileError) {
        let location = try lowest.find(location.path)
        guard !location.exists else { return }
        try create(location, isFolder: isFolder, in: lowest) { _ in }
    }

    /// Creates the missing parts of a mount point in the root file system.
    mutating func create(_ location: RootFolder.Location, isFolder: Bool) throws(FileError) {
        var originals: [(count: Int, status: stat)] = []
        if let upper {
            let there = try upper.find(location.names.prefix(location.existing).joined(separator: "/")).existing
            for count in there..<location.existing {
                originals.append((count, try root.folder(location.names.prefix(count + 1)).status()))
            }
        }
        var made: [Stub] = []
        try Self.create(location, isFolder: isFolder, in: root) { made.append($0) }
        stubs += made
        guard let upper else { return }
        for (count, status) in originals {
            let name = location.names[count].asName
            let parent = try upper.folder(location.names.prefix(count))
            copies.append(
                Copy(name: name, parent: parent, file: try HeldFile(name, in: parent), original: status))
        }
    }

    private static func create(
        _ location: RootFolder.Location, isFolder: Bool, in root: RootFolder, _ note: (Stub) -> Void
    ) throws(FileError) {
        var parent = try root.folder(location.names.prefix(location.existing))
        for count in location.existing..<location.names.count {
            let name = location.names[count].asName
            let isLast = count + 1 == location.names.count
            let before = try parent.status()
            if isFolder || !isLast { try parent.createFolder(name) } else { try parent.createFile(name) }
            let stub = Stub(
                name: name, parent: parent, file: try HeldFile(name, in: parent), isFolder: isFolder || !isLast,
                before: before, after: try parent.status())
            note(stub)
            if !isLast { parent = try parent.open(below: name.dropLast()) }
        }
    }

    /// Removes the stubs, unless the step has put something into them, and restores the times of their folders.
    func remove() {
        for stub in stubs.reversed() where stub.file.isNamed(stub.name, in: stub.parent) {
            let parent = stub.parent
            guard let now = try? parent.status() else { continue }
            let removal = try? parent.calling("remove", stub.name) {
                unlinkat($0, $1, stub.isFolder ? AT_REMOVEDIR : 0)
            }
            guard removal != nil else { continue }
            let isUntouched = Self.haveSameTime(now, stub.after)
            let times = [stub.before.st_atim, isUntouched ? stub.before.st_mtim : now.st_mtim]
            futimens(parent.descriptor, times)
        }
        for copy in copies.reversed() where copy.file.isNamed(copy.name, in: copy.parent) {
            let path = copy.parent.procPath(copy.name)
            guard let isOpaque = try? ExtendedAttributes.isOpaque(path), !isOpaque,
                let now = try? copy.file.status(), Self.haveSameTime(now, copy.original),
                now.st_mode == copy.original.st_mode, now.st_uid == copy.original.st_uid,
                now.st_gid == copy.original.st_gid
            else { continue }
            // Fails, as intended, if the step has put something into it.
            _ = try? copy.parent.calling("remove", copy.name) { unlinkat($0, $1, AT_REMOVEDIR) }
        }
    }

    private static func haveSameTime(_ left: stat, _ right: stat) -> Bool {
        left.st_mtim.tv_sec == right.st_mtim.tv_sec && left.st_mtim.tv_nsec == right.st_mtim.tv_nsec
    }
}
