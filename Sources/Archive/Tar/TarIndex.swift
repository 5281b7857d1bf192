/// The positions of the files in an uncompressed tar archive, found by reading only its headers.
///
/// For reading single files in any order; ``TarReader`` is for unpacking. If a path occurs several times, the last
/// entry counts, as when the archive is unpacked.
package struct TarIndex: Sendable {
    /// The position of a file's content.
    package struct Extent: Hashable, Sendable {
        /// In bytes from the start of the archive.
        package let offset: Int64
        /// In bytes.
        package let size: Int64
    }

    private enum Item: Sendable {
        case file(Extent)
        case link(TarPath)
    }

    private static let longestLink = 32

    private var items: [TarPath: Item] = [:]

    /// Reads the headers.
    ///
    /// - Parameters:
    ///   - size: The size of the archive, in bytes.
    ///   - read: Returns the given number of bytes at an offset, or fewer at the end of the archive.
    /// - Throws: ``ArchiveError``; the error of `read`.
    package init(size: Int64, limits: TarLimits = TarLimits(), read: (Int, Int64) throws -> [UInt8]) throws {
        var cursor = TarCursor(size: size, limits: limits)
        while let header = try cursor.next(read) {
            switch header.type {
            case "0", "7", "\u{0}": items[header.path] = .file(Extent(offset: header.content, size: header.size))
            case "1": items[header.path] = .link(try TarPath(header.target))
            // The target of a symbolic link is relative to the link's folder.
            case "2": items[header.path] = Self.target(header.target, of: header.path).map { .link($0) }
            case "S":
                throw ArchiveError(.unsupported, "it is a sparse file", entry: "\(header.path)")
            default: items[header.path] = nil
            }
        }
    }

    /// The paths of all files, sorted, without links.
    package var paths: [TarPath] {
        items.filter { if case .file = $0.value { true } else { false } }.map(\.key).sorted()
    }

    /// Finds a file, following links.
    ///
    /// - Returns: `nil` if there is none.
    package func file(_ path: some StringProtocol) -> Extent? {
        guard var path = try? TarPath(path.utf8) else { return nil }
        for _ in 0..<Self.longestLink {
            switch items[path] {
            case .file(let extent): return extent
            case .link(let target): path = target
            case nil: return nil
            }
        }
        return nil
    }

    /// The path that a relative link leads to; `nil` if it is outside the archive.
    private static func target(_ target: [UInt8], of path: TarPath) -> TarPath? {
        let slash = UInt8(ascii: "/")
        var parts = target.first == slash ? [] : path.bytes.split(separator: slash).dropLast().map { Array($0) }
        for part in target.split(separator: slash) where !part.elementsEqual(".".utf8) {
            if !part.elementsEqual("..".utf8) {
                parts.append(Array(part))
            } else if parts.popLast() == nil {
                return nil
            }
        }
        return try? TarPath(Array(parts.joined(separator: [slash])))
    }
}

/// The header of an entry, combined with the extension headers before it.
private struct IndexedHeader {
    var path: TarPath
    var type: Character
    var target: [UInt8]
    /// The offset of the content.
    var content: Int64
    var size: Int64
}

/// Walks from header to header.
private struct TarCursor {
    private static let longestExtension: Int64 = 1 << 20

    let size: Int64
    let limits: TarLimits
    var offset: Int64 = 0
    var count = 0

    init(size: Int64, limits: TarLimits) {
        self.size = size
        self.limits = limits
    }

    /// - Returns: `nil` at the end, marked by a block of zeros; an archive that was cut off between two files has none.
    mutating func next(_ read: (Int, Int64) throws -> [UInt8]) throws -> IndexedHeader? {
        var (name, target, length): ([UInt8]?, [UInt8]?, Int64?)
        while true {
            let block = try read(TarBlock.size, offset)
            guard block.count == TarBlock.size else { throw truncated() }
            if block.allSatisfy({ $0 == 0 }) { return nil }
            guard TarBlock.hasValidChecksum(block[...]) else {
                let what =
                    count == 0 ? "it is not a tar archive" : "the header of an entry (entry \(count + 1)) is damaged"
                throw ArchiveError(.damaged, what)
            }
            let fields = HeaderFields(block)
            let stated = try fields.size()
            let type = fields.type
            let isExtension = ["x", "g", "L", "K"].contains(type)
            let effective = isExtension ? stated : length ?? stated
            let content = offset + Int64(TarBlock.size)
            guard 0...limits.totalSize ~= effective, content + effective <= size else { throw truncated() }
            // Links and folders have no content, whatever their size field says.
            let taken = ["1", "2", "3", "4", "5", "6"].contains(type) ? 0 : effective
            offset = content + taken + Int64(TarWriter.padding(after: taken))
            if isExtension {
                guard effective <= Self.longestExtension else { throw ArchiveError(.limit, "a header is too long") }
                let text = type == "g" ? [] : try read(Int(effective), content)
                switch type {
                case "L": name = Array(text.prefix { $0 != 0 })
                case "K": target = Array(text.prefix { $0 != 0 })
                case "x":
                    let records = try PaxFields(text)
                    name = records.path ?? name
                    target = records.target ?? target
                    length = records.size ?? length
                default: break
                }
                continue
            }
            count += 1
            guard count <= limits.entries else {
                throw ArchiveError(.limit, "the archive has more than \(limits.entries) entries")
            }
            let path = name ?? fields.name
            guard path.count <= limits.pathLength else { throw ArchiveError(.limit, "a name is too long") }
            return IndexedHeader(
                path: try TarPath(path), type: type, target: target ?? fields.target, content: content, size: taken)
        }
    }

    private func truncated() -> ArchiveError { ArchiveError(.truncated, "the archive ends too early") }
}

/// The fields of one header block.
private struct HeaderFields {
    private let block: [UInt8]

    init(_ block: [UInt8]) { self.block = block }

    var type: Character { Character(UnicodeScalar(block[156])) }
    var target: [UInt8] { text(157, 100) }

    var name: [UInt8] {
        let name = text(0, TarBlock.nameLength)
        // GNU's dialect uses the field for the prefix of long names in other ways.
        guard block[257..<263].elementsEqual("ustar\u{0}".utf8) else { return name }
        let prefix = text(345, 155)
        return prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
    }

    /// Octal digits, or binary if the first bit is set.
    func size() throws(ArchiveError) -> Int64 {
        let field = block[124..<136]
        if block[124] & 0x80 != 0 {
            var size = Int64(0)
            for byte in field.dropFirst() {
                guard size < 1 << 54 else { throw ArchiveError(.limit, "an entry is too large") }
                size = size << 8 | Int64(byte)
            }
            return size
        }
        let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { (0x30...0x37).contains($0) }
        return digits.isEmpty ? 0 : Int64(String(decoding: digits, as: UTF8.self), radix: 8) ?? 0
    }

    private func text(_ offset: Int, _ length: Int) -> [UInt8] {
        Array(block[offset..<offset + length].prefix { $0 != 0 })
    }
}

/// The records of a pax header that matter for finding files.
private struct PaxFields {
    private(set) var path: [UInt8]?
    private(set) var target: [UInt8]?
    private(set) var size: Int64?

    init(_ bytes: [UInt8]) throws(ArchiveError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
                let length = Int(String(decoding: rest[..<space], as: UTF8.self)), length > space - rest.startIndex + 1,
                length <= rest.count
            else { throw ArchiveError(.damaged, "a pax header is damaged") }
            let record = rest[(space + 1)..<(rest.startIndex + length)].dropLast()
            rest = rest.dropFirst(length)
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let value = Array(record[(equals + 1)...])
            switch String(decoding: record[..<equals], as: UTF8.self) {
            case "path": path = value
            case "linkpath": target = value
            case "size": size = Int64(String(decoding: value, as: UTF8.self))
            default: break
            }
        }
    }
}
