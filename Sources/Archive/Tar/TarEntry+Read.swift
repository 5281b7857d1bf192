internal import CArchive
internal import Glibc

extension TarEntry {
    /// Converts a header that libarchive has read.
    init(_ header: OpaquePointer, _ limits: TarLimits, confinesNames: Bool) throws(ArchiveError) {
        let name = Self.bytes(carchive_path(header))
        let text = TarPath.text(name)
        func refuse(_ kind: ArchiveError.Kind, _ reason: String) -> ArchiveError {
            ArchiveError(kind, reason, entry: text)
        }
        guard name.count <= limits.pathLength else {
            throw refuse(.limit, "its name has more than \(limits.pathLength) bytes")
        }
        let path = try Self.path(name, confinesNames)
        let kind = try Self.kind(header, text, limits, confinesNames)
        guard confinesNames || !name.isEmpty && (!path.isRoot || kind == .folder) else {
            throw refuse(.name, "it has no name")
        }
        guard let uid = UInt32(exactly: carchive_uid(header)), let gid = UInt32(exactly: carchive_gid(header)) else {
            throw refuse(.damaged, "its owner is not a 32-bit number")
        }
        let size = kind == .file ? carchive_size(header) : 0
        guard size >= 0 else { throw refuse(.damaged, "its size is negative") }
        self.init(
            path, kind, mode: UInt16(carchive_mode(header) & 0o7777), uid: uid, gid: gid, size: size,
            modified: carchive_modified(header),
            nanoseconds: UInt32(clamping: carchive_modified_nanoseconds(header)),
            attributes: try Self.attributes(header, text, limits))
    }

    private static func path(_ name: [UInt8], _ isConfined: Bool) throws(ArchiveError) -> TarPath {
        isConfined ? TarPath(confining: name) : try TarPath(name)
    }

    private static func kind(
        _ header: OpaquePointer, _ text: String, _ limits: TarLimits, _ confinesNames: Bool
    ) throws(ArchiveError) -> Kind {
        func checked(_ target: [UInt8]) throws(ArchiveError) -> [UInt8] {
            if target.isEmpty { throw ArchiveError(.damaged, "it links to nothing", entry: text) }
            if target.count <= limits.pathLength { return target }
            throw ArchiveError(.limit, "its target has more than \(limits.pathLength) bytes", entry: text)
        }
        if let target = carchive_hard_link(header) {
            let path = try path(checked(bytes(target)), confinesNames)
            if path.isRoot { throw ArchiveError(.damaged, "it links to nothing", entry: text) }
            return .hardLink(path)
        }
        let (major, minor) = (carchive_device_major(header), carchive_device_minor(header))
        switch mode_t(carchive_type(header)) {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        case S_IFLNK: return .symbolicLink(try checked(bytes(carchive_symbolic_link(header))))
        case S_IFCHR: return .characterDevice(major: UInt32(clamping: major), minor: UInt32(clamping: minor))
        case S_IFBLK: return .blockDevice(major: UInt32(clamping: major), minor: UInt32(clamping: minor))
        case S_IFIFO: return .fifo
        default: throw ArchiveError(.unsupported, "its type is not supported", entry: text)
        }
    }

    private static func attributes(
        _ header: OpaquePointer, _ text: String, _ limits: TarLimits
    ) throws(ArchiveError) -> [Attribute] {
        var attributes: [Attribute] = []
        var names: Set<String> = []
        var total = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var count = 0
        guard carchive_attributes_begin(header) > 0 else { return [] }
        while carchive_attributes_next(header, &name, &value, &count) == ARCHIVE_OK, let found = name {
            guard let key = String(validatingCString: found) else {
                throw ArchiveError(.damaged, "the name of an extended attribute is not UTF-8", entry: text)
            }
            // libarchive lists an attribute twice if the writer wrote it in two dialects.
            guard names.insert(key).inserted else { continue }
            total += key.utf8.count + count
            guard total <= limits.attributesSize else {
                let limit = limits.attributesSize
                throw ArchiveError(.limit, "its extended attributes have more than \(limit) bytes", entry: text)
            }
            attributes.append(Attribute(key, Array(UnsafeRawBufferPointer(start: value, count: count))))
        }
        // libarchive lists them in reverse.
        return attributes.reversed()
    }

    private static func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8] {
        guard let text else { return [] }
        return Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }
}
