/// The path of an entry: relative, and not leading out of the archive.
///
/// A path is bytes, as in the file system, not necessarily UTF-8. It is stored without slashes at either end, empty
/// parts or ".".
package struct TarPath: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The path; empty for the root of the archive.
    package let bytes: [UInt8]

    /// The root of the archive, "./".
    package static let root = TarPath(normalized: [])

    private init(normalized: [UInt8]) {
        bytes = normalized
    }

    /// Normalizes a name from an archive. Leading slashes are dropped, as by every extractor: "/etc/passwd" and
    /// "./etc/passwd" become "etc/passwd".
    ///
    /// - Throws: ``ArchiveError`` if the name contains ".." as a part or a zero byte.
    package init(_ name: some Collection<UInt8>) throws(ArchiveError) {
        if name.contains(0) { throw ArchiveError(.name, "its name contains a zero byte", entry: Self.text(name)) }
        var normalized: [UInt8] = []
        normalized.reserveCapacity(name.count)
        for part in name.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) {
                throw ArchiveError(.name, "its name leads out of the archive", entry: Self.text(name))
            }
            if !normalized.isEmpty { normalized.append(UInt8(ascii: "/")) }
            normalized += part
        }
        bytes = normalized
    }

    /// Normalizes a name from an archive and confines it: ".." removes the part before it, or nothing at the root, so
    /// "../up" becomes "up".
    package init(confining name: [UInt8]) {
        var parts: [ArraySlice<UInt8>] = []
        for part in name.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) { _ = parts.popLast() } else { parts.append(part) }
        }
        bytes = Array(parts.joined(separator: [UInt8(ascii: "/")]))
    }

    /// Normalizes a name from an archive.
    package init(_ name: String) throws(ArchiveError) { try self.init(name.utf8) }

    package var isRoot: Bool { bytes.isEmpty }

    /// The path of something in this folder.
    ///
    /// - Parameter names: One or more names, separated by slashes, as in the file system: none of them is empty, "." or
    ///   "..", or contains a zero byte.
    package func appending(_ names: some Collection<UInt8>) -> TarPath {
        if isRoot || names.isEmpty { return TarPath(normalized: bytes + names) }
        var joined: [UInt8] = []
        joined.reserveCapacity(bytes.count + 1 + names.count)
        joined.append(contentsOf: bytes)
        joined.append(UInt8(ascii: "/"))
        joined.append(contentsOf: names)
        return TarPath(normalized: joined)
    }

    /// The path of something in this folder, by its relative path.
    package func appending(_ path: TarPath) -> TarPath { appending(path.bytes) }

    /// The parent folder; `nil` for the root.
    package var folder: TarPath? {
        if isRoot { return nil }
        return TarPath(normalized: Array(bytes.prefix(upTo: bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0)))
    }

    /// The last part of the path; empty for the root.
    package var name: ArraySlice<UInt8> {
        bytes.suffix(from: bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)
    }

    /// The path for display: on one line, with "?" for bytes that are not UTF-8.
    package var description: String { isRoot ? "./" : Self.text(bytes) }

    /// Compares bytes, so that a folder sorts before its content.
    package static func < (left: TarPath, right: TarPath) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }

    static func text(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes.prefix(300).map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
    }
}
