internal import Archive
internal import CLinux
internal import FileSystem
internal import Glibc

/// An absolute path on this machine: bytes that need not be UTF-8.
struct DiskPath: Sendable, Hashable {
    /// With a zero at the end.
    private let bytes: [CChar]

    init(_ path: String) {
        bytes = Array(path.utf8CString)
    }

    private init(_ bytes: [CChar]) {
        self.bytes = bytes
    }

    /// The path for display.
    var text: String { String(decoding: bytes.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self) }

    /// The path as a string for the same file; `nil` if it is not UTF-8.
    var string: String? { String(validating: bytes.dropLast().lazy.map(UInt8.init(bitPattern:)), as: UTF8.self) }

    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        // Never empty: the array has at least the zero.
        bytes.withUnsafeBufferPointer { buffer in buffer.baseAddress.map(body) ?? body([0]) }
    }

    /// Without the zero.
    func withBytes<Result>(_ body: (Slice<UnsafeRawBufferPointer>) -> Result) -> Result {
        bytes.withUnsafeBytes { body($0.dropLast()) }
    }

    /// The path of something in this folder.
    func appending(_ name: UnsafeBufferPointer<UInt8>) -> DiskPath {
        var joined: [CChar] = []
        joined.reserveCapacity(bytes.count + 1 + name.count)
        joined += bytes.dropLast()
        joined.append(CChar(bitPattern: UInt8(ascii: "/")))
        joined.append(contentsOf: UnsafeRawBufferPointer(name).bindMemory(to: CChar.self))
        joined.append(0)
        return DiskPath(joined)
    }

    func appending(_ name: [UInt8]) -> DiskPath { name.withUnsafeBufferPointer(appending) }

    /// The target of a symbolic link.
    func linkTarget() throws(FileError) -> [UInt8] {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = withCString { path in
            target.withUnsafeMutableBytes { buffer in
                buffer.withMemoryRebound(to: CChar.self) {
                    $0.baseAddress.map { readlink(path, $0, buffer.count) } ?? -1
                }
            }
        }
        guard count >= 0 else { throw FileError(errno, "read the link", text) }
        return Array(target.prefix(count))
    }

    /// The extended attributes that belong into an image, sorted by name: capabilities and those of users.
    func attributes() throws(FileError) -> [TarEntry.Attribute] {
        let length = withCString { clinux_list_attributes($0, nil, 0) }
        if length == 0 { return [] }
        guard length > 0 else {
            if errno == ENOTSUP || errno == ENOENT { return [] }
            throw FileError(errno, "list the attributes of", text)
        }
        var list = [CChar](repeating: 0, count: length)
        let count = withCString { clinux_list_attributes($0, &list, list.count) }
        guard count >= 0 else { throw FileError(errno, "list the attributes of", text) }
        var attributes: [TarEntry.Attribute] = []
        for name in list.prefix(count).split(separator: 0) {
            guard let name = String(validating: name.lazy.map(UInt8.init(bitPattern:)), as: UTF8.self),
                Self.isKept(name)
            else { continue }
            attributes.append(TarEntry.Attribute(name, try attribute(name)))
        }
        return attributes.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Returns true if an attribute of this name belongs into an image.
    static func isKept(_ attribute: String) -> Bool {
        attribute == "security.capability" || attribute.hasPrefix("user.")
    }

    /// True if overlayfs hides the content of lower layers at this folder.
    var isOpaque: Bool { (try? attribute("trusted.overlay.opaque")) == [UInt8(ascii: "y")] }

    private func attribute(_ name: String) throws(FileError) -> [UInt8] {
        var value = [UInt8](repeating: 0, count: 64 << 10)
        let count = withCString { clinux_get_attribute($0, name, &value, value.count) }
        guard count >= 0 else { throw FileError(errno, "read the attribute \(name) of", text) }
        return Array(value.prefix(count))
    }
}

extension DiskPath {
    /// Reads a whole file.
    ///
    /// - Throws: ``FileError``, with `EFBIG` if it exceeds `limit`.
    func content(limit: Int) throws(FileError) -> [UInt8] {
        let descriptor = withCString { open($0, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw FileError(errno, "read", text) }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(descriptor, &piece, piece.count)
            guard count >= 0 else { throw FileError(errno, "read", text) }
            if count == 0 { return content }
            content += piece[..<count]
            guard content.count <= limit else { throw FileError(EFBIG, "read", text) }
        }
    }
}
