/// Where an entry is in its archive: a relative path that does not lead out of it.
///
/// A path is bytes, as the file system has it; it need not be UTF-8. It is kept without slashes at either end, without
/// empty parts and without ".".
package struct TarPath: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The path; empty for the folder that the archive as a whole is about.
    package let bytes: [UInt8]

    /// The folder that the archive as a whole is about, "./" in the archive.
    package static let root = TarPath(normalized: [])

    private init(normalized: [UInt8]) {
        bytes = normalized
    }

    /// Takes a name as archives have it. Slashes at the beginning are dropped, as every extractor does, so that
    /// "/etc/passwd" and "./etc/passwd" are "etc/passwd".
    ///
    /// - Throws: ``ArchiveError`` when a part of it is ".." or it contains a zero byte.
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

    /// Takes a name as archives have it and keeps it inside: ".." takes away the name before it, and where there is none
    /// it means nothing, so that "../up" is "up".
    package init(confining name: [UInt8]) {
        var parts: [ArraySlice<UInt8>] = []
        for part in name.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) { _ = parts.popLast() } else { parts.append(part) }
        }
        bytes = Array(parts.joined(separator: [UInt8(ascii: "/")]))
    }

    /// Takes a name as archives have it.
    package init(_ name: String) throws(ArchiveError) { try self.init(name.utf8) }

    package var isRoot: Bool { bytes.isEmpty }

    /// The path of something that is in this folder.
    ///
    /// - Parameter names: One name, or several with a slash between each two, as a file system has them: none is empty,
    ///   "." or "..", or contains a zero byte.
    package func appending(_ names: some Collection<UInt8>) -> TarPath {
        if isRoot || names.isEmpty { return TarPath(normalized: bytes + names) }
        var joined: [UInt8] = []
        joined.reserveCapacity(bytes.count + 1 + names.count)
        joined.append(contentsOf: bytes)
        joined.append(UInt8(ascii: "/"))
        joined.append(contentsOf: names)
        return TarPath(normalized: joined)
    }

    /// The path of something in this folder, given by its path from here.
    package func appending(_ path: TarPath) -> TarPath { appending(path.bytes) }

    /// The path of the folder that this is in; `nil` for the root.
    package var folder: TarPath? {
        if isRoot { return nil }
        return TarPath(normalized: Array(bytes.prefix(upTo: bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0)))
    }

    /// The last part of the path; empty for the root.
    package var name: ArraySlice<UInt8> {
        bytes.suffix(from: bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)
    }

    /// The path for a person: on one line, with "?" for what is not UTF-8.
    package var description: String { isRoot ? "./" : Self.text(bytes) }

    /// Compares bytes, so that a folder comes before what is in it.
    package static func < (left: TarPath, right: TarPath) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }

    static func text(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes.prefix(300).map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
    }
}
