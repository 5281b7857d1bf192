/// The header of an entry as stored in an archive: a ustar block, preceded by pax records for whatever the block cannot
/// express.
///
/// Names that are not ASCII become pax records, which are UTF-8 by definition. Names that are not UTF-8 go into the
/// block unchanged if they fit, since readers take its bytes literally.
struct TarHeader {
    private var block: TarBlock
    private var records = PaxRecords()

    init(_ entry: TarEntry) throws(ArchiveError) {
        try Self.validate(entry)
        block = TarBlock(type: entry.kind.typeCharacter, mode: entry.mode)
        setNames(entry)
        setNumbers(entry)
        if case .hardLink = entry.kind { return }
        for attribute in entry.attributes { records.add("SCHILY.xattr.\(attribute.name)", attribute.value) }
    }

    var bytes: [UInt8] {
        if records.bytes.isEmpty { return block.sealed() }
        var extended = TarBlock(type: "x", mode: 0o644)
        extended.setRoughName(Array("././@PaxHeader".utf8))
        extended.setSize(Int64(records.bytes.count))
        let padding = [UInt8](repeating: 0, count: TarWriter.padding(after: Int64(records.bytes.count)))
        return extended.sealed() + records.bytes + padding + block.sealed()
    }

    // MARK: Names

    private mutating func setNames(_ entry: TarEntry) {
        var name = entry.path.isRoot ? Array(".".utf8) : entry.path.bytes
        if entry.kind == .folder { name.append(UInt8(ascii: "/")) }
        let target = entry.kind.target
        let needsName = !Self.isPlain(name) || !block.setName(name)
        let needsTarget = target.map { !Self.isPlain($0) || $0.count > TarBlock.nameLength } ?? false
        if [needsName ? name : [], needsTarget ? target ?? [] : []].contains(where: { !Self.isUTF8($0) }) {
            records.add("hdrcharset", "BINARY")
        }
        if needsName {
            records.add("path", name)
            block.setRoughName(name)
        }
        guard let target else { return }
        if needsTarget { records.add("linkpath", target) }
        block.setTarget(needsTarget ? target.filter { $0 < 0x80 } : target)
    }

    /// Returns true if every reader of a ustar block interprets the bytes in the same way.
    private static func isPlain(_ name: [UInt8]) -> Bool {
        name.allSatisfy { $0 < 0x80 } || (!isUTF8(name) && name.count <= TarBlock.nameLength)
    }

    private static func isUTF8(_ bytes: [UInt8]) -> Bool {
        bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
    }

    // MARK: Numbers

    private mutating func setNumbers(_ entry: TarEntry) {
        let (uid, gid) = (Int64(entry.uid), Int64(entry.gid))
        if entry.size > TarBlock.maximumSize { records.add("size", "\(entry.size)") }
        if uid > TarBlock.maximumID { records.add("uid", "\(uid)") }
        if gid > TarBlock.maximumID { records.add("gid", "\(gid)") }
        let modifiedFits = (0...TarBlock.maximumSize).contains(entry.modified)
        if !modifiedFits { records.add("mtime", "\(entry.modified)") }
        block.setSize(entry.size > TarBlock.maximumSize ? 0 : entry.size)
        block.setOwner(uid: uid > TarBlock.maximumID ? 0 : uid, gid: gid > TarBlock.maximumID ? 0 : gid)
        block.setModified(modifiedFits ? entry.modified : 0)
        switch entry.kind {
        case .characterDevice(let major, let minor), .blockDevice(let major, let minor):
            block.setDevice(major: major, minor: minor)
        default: break
        }
    }

    // MARK: Values that cannot be expressed

    private static func validate(_ entry: TarEntry) throws(ArchiveError) {
        func refuse(_ reason: String) -> ArchiveError { ArchiveError(.unsupported, reason, entry: "\(entry.path)") }
        guard entry.mode <= 0o7777 else { throw refuse("its mode has bits beyond 07777") }
        guard entry.size >= 0, entry.size == 0 || entry.kind == .file else {
            throw refuse("it cannot have \(entry.size) bytes")
        }
        guard !entry.path.isRoot || entry.kind == .folder else { throw refuse("it has no name") }
        switch entry.kind {
        case .characterDevice(let major, let minor), .blockDevice(let major, let minor):
            guard max(major, minor) <= TarBlock.maximumID else { throw refuse("its device number is too large") }
        case .symbolicLink(let target):
            guard !target.isEmpty, !target.contains(0) else { throw refuse("it links to nothing") }
        case .hardLink(let target):
            guard !target.isRoot else { throw refuse("it links to nothing") }
        case .file, .folder, .fifo: break
        }
        for attribute in entry.attributes
        where attribute.name.isEmpty || attribute.name.utf8.contains(where: { $0 == UInt8(ascii: "=") || $0 == 0 }) {
            throw refuse("it has an extended attribute of the name \"\(attribute.name)\"")
        }
    }
}

extension TarEntry.Kind {
    fileprivate var typeCharacter: Character {
        switch self {
        case .file: "0"
        case .hardLink: "1"
        case .symbolicLink: "2"
        case .characterDevice: "3"
        case .blockDevice: "4"
        case .folder: "5"
        case .fifo: "6"
        }
    }

    fileprivate var target: [UInt8]? {
        switch self {
        case .symbolicLink(let target): target
        case .hardLink(let path): path.bytes
        default: nil
        }
    }
}
