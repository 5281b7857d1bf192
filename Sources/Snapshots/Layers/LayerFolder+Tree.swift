internal import Archive
internal import CLinux
package import FileSystem
internal import Glibc

extension LayerFolder {
    /// Removes overlayfs's private attributes, which would be misinterpreted where the folder lies under another one.
    /// Opaque folders stay opaque.
    static func removeOverlayAttributes(from root: String) throws(FileError) {
        try visit(root) { folder, name, _ throws(FileError) in
            let path = folder.procPath(name)
            for attribute in try ExtendedAttributes.names(path)
            where attribute.hasPrefix(ExtendedAttributes.overlayPrefix) && attribute != ExtendedAttributes.opaque {
                try ExtendedAttributes.remove(attribute, of: path)
            }
        }
    }

    /// The disk usage in bytes; a file with several names counts once, and what is too deep for a layer does not count.
    package static func diskUsage(of root: String) throws(FileError) -> Int64 {
        var size: Int64 = 0
        var seen: Set<UInt64> = []
        try visit(root, skippingDeep: true) { _, _, status throws(FileError) in
            let isCounted = status.st_nlink < 2 || status.st_mode & S_IFMT == S_IFDIR
            if isCounted || seen.insert(UInt64(status.st_ino)).inserted { size += Int64(status.st_blocks) * 512 }
        }
        return size
    }

    /// Flushes everything written to a folder's file system, so that it survives a power failure.
    static func flush(_ path: String) throws(FileError) {
        let folder = try OpenFolder(path)
        if clinux_sync_file_system(folder.descriptor) != 0 { throw FileError(errno, "flush", path) }
    }

    /// Visits the folder and everything in it, by name in an open folder.
    private static func visit(
        _ root: String, skippingDeep isPartial: Bool = false,
        _ body: (OpenFolder, OpenFolder.Name, stat) throws(FileError) -> Void
    ) throws(FileError) {
        let top = try OpenFolder(root)
        let itself: OpenFolder.Name = [UInt8(ascii: "."), 0]
        if let status = try top.status(itself) { try body(top, itself, status) }
        var pending = [TarPath.root]
        while let path = pending.popLast() {
            let folder = try top.open(path)
            for name in try folder.names() {
                guard let status = try folder.status(name) else { continue }
                try body(folder, name, status)
                guard status.st_mode & S_IFMT == S_IFDIR else { continue }
                do throws(FileError) {
                    pending.append(try path.going(to: name))
                } catch {
                    if !isPartial { throw error }
                }
            }
        }
    }
}
