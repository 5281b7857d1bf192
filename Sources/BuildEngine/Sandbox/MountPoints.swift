internal import CSandbox
internal import FileSystem
internal import Glibc

/// Sees to it that there is something to mount on, and that it does not become part of what a step leaves.
///
/// With overlayfs what is missing goes into a folder of memory that is the lowest layer: an image that has nothing
/// there shows it, and the layer that the step writes never hears of it. Only where a layer hides it, or where there is
/// no overlayfs, is something created that has to be removed again.
struct MountPoints {
    /// Something that was created in the root file system itself.
    private struct Stub {
        let path: String
        let isFolder: Bool
        let parent: String
        let before: stat
        let after: stat
    }

    /// A folder that overlayfs has copied to the upper folder for the sake of a stub.
    private struct Copy {
        let path: String
        let original: stat
    }

    private let root: RootFolder
    private let upper: String?
    private var stubs: [Stub] = []
    private var copies: [Copy] = []

    /// - Parameter upper: The upper folder of the overlay that is mounted at the root.
    init(in root: RootFolder, upper: String?) {
        self.root = root
        self.upper = upper
    }

    /// Puts a place, with the folders above it, into the lowest layer.
    static func prepare(_ place: RootFolder.Place, isFolder: Bool, in lowest: String) throws(FileError) {
        let path = lowest + place.path
        try Folder.create(isFolder ? path : Folder.containing(path), permissions: 0o755)
        if !isFolder { _ = try OpenFile(path, for: .updating, permissions: 0o644) }
    }

    /// Creates what is missing of a place in the root file system.
    mutating func create(_ place: RootFolder.Place, isFolder: Bool) throws(FileError) {
        if let upper {
            for count in 1..<max(1, place.existing + 1) {
                let names = place.names.prefix(count)
                let copy = RootFolder(path: upper).outside(names)
                guard access(copy, F_OK) != 0 else { continue }
                copies.append(Copy(path: copy, original: try Self.status(root.outside(names))))
            }
        }
        for count in place.existing..<place.names.count {
            let path = root.outside(place.names.prefix(count + 1))
            let parent = root.outside(place.names.prefix(count))
            let isFolder = isFolder || count + 1 < place.names.count
            let before = try Self.status(parent)
            if isFolder {
                try Folder.create(path, permissions: 0o755)
            } else {
                _ = try OpenFile(path, for: .creating, permissions: 0o644)
            }
            stubs.append(
                Stub(path: path, isFolder: isFolder, parent: parent, before: before, after: try Self.status(parent)))
        }
    }

    /// Removes what was created, unless the step has put something into it, and gives the folders it was in the times
    /// that they would have without it.
    func remove() {
        for stub in stubs.reversed() {
            guard let now = try? Self.status(stub.parent) else { continue }
            guard (stub.isFolder ? rmdir(stub.path) : unlink(stub.path)) == 0 else { continue }
            let isUntouched = Self.haveSameTime(now, stub.after)
            let times = [stub.before.st_atim, isUntouched ? stub.before.st_mtim : now.st_mtim]
            utimensat(AT_FDCWD, stub.parent, times, 0)
        }
        for copy in copies.reversed() where csandbox_is_opaque(copy.path) == 0 {
            guard let now = try? Self.status(copy.path), Self.haveSameTime(now, copy.original),
                now.st_mode == copy.original.st_mode, now.st_uid == copy.original.st_uid,
                now.st_gid == copy.original.st_gid
            else { continue }
            // It stays when the step has put something into it.
            rmdir(copy.path)
        }
    }

    private static func haveSameTime(_ left: stat, _ right: stat) -> Bool {
        left.st_mtim.tv_sec == right.st_mtim.tv_sec && left.st_mtim.tv_nsec == right.st_mtim.tv_nsec
    }

    private static func status(_ path: String) throws(FileError) -> stat {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw FileError(errno, "look at", path) }
        return status
    }
}
