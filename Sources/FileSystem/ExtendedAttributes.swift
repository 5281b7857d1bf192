internal import CLinux
internal import Glibc

/// The extended attributes of a file, folder or link (xattr(7)). Symbolic links are not followed.
package enum ExtendedAttributes {
    /// The attribute by which overlayfs marks a folder that hides what lower layers have in it.
    package static let opaque = overlayPrefix + "opaque"
    /// In a user namespace overlayfs uses attributes that users may set (its option `userxattr`).
    package static let overlayPrefix = UserNamespace.isRoot ? "trusted.overlay." : userOverlayPrefix
    package static let userOverlayPrefix = "user.overlay."
    /// In fuse-overlayfs's own format.
    package static let fuseOverlayPrefix = "user.fuseoverlayfs."

    private static let usualNameCapacity = 1 << 10
    private static let nameCapacity = 64 << 10
    private static let valueCapacity = 64 << 10

    /// The names of all attributes, sorted.
    ///
    /// - Parameter path: A path that ends with a zero byte.
    package static func names(_ path: OpenFolder.Name) throws(FileError) -> [String] {
        // Most files have none, or few. The small buffer is on the stack.
        var names = Self.names(path, capacity: usualNameCapacity)
        if names == nil, errno == ERANGE { names = Self.names(path, capacity: nameCapacity) }
        guard let names else {
            if errno == ENOTSUP { return [] }
            throw failure("list the extended attributes of", path)
        }
        return names.count > 1 ? names.sorted() : names
    }

    /// - Returns: `nil` for an error, which is in `errno`.
    private static func names(_ path: OpenFolder.Name, capacity: Int) -> [String]? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer -> [String]? in
            let count = OpenFolder.withName(path) { clinux_list_attributes($0, buffer.baseAddress, buffer.count) }
            guard count > 0 else { return count < 0 ? nil : [] }
            return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]).split(separator: 0)
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// The value of an attribute.
    ///
    /// - Returns: `nil` if there is no such attribute.
    package static func value(_ name: String, of path: OpenFolder.Name) throws(FileError) -> [UInt8]? {
        var count = 0
        let value = [UInt8](unsafeUninitializedCapacity: valueCapacity) { buffer, initialized in
            count = OpenFolder.withName(path) { clinux_get_attribute($0, name, buffer.baseAddress, buffer.count) }
            initialized = max(0, count)
        }
        if count >= 0 { return value }
        if errno == ENODATA || errno == ENOTSUP { return nil }
        throw failure("read the attribute \(name) of", path)
    }

    package static func set(_ name: String, _ value: [UInt8], of path: OpenFolder.Name) throws(FileError) {
        let code = value.withUnsafeBytes { bytes in
            OpenFolder.withName(path) { clinux_set_attribute($0, name, bytes.baseAddress, bytes.count) }
        }
        if code != 0 { throw failure("set the attribute \(name) of", path) }
    }

    package static func remove(_ name: String, of path: OpenFolder.Name) throws(FileError) {
        if OpenFolder.withName(path, { clinux_remove_attribute($0, name) }) == 0 || errno == ENODATA { return }
        throw failure("remove the attribute \(name) of", path)
    }

    package static func isOpaque(_ path: OpenFolder.Name) throws(FileError) -> Bool {
        try value(opaque, of: path) == Array("y".utf8)
    }

    private static func failure(_ operation: String, _ path: OpenFolder.Name) -> FileError {
        let code = errno
        return FileError(code, operation, String(decoding: path.dropLast(), as: UTF8.self))
    }
}
