internal import Glibc

/// An absolute path: bytes that need not be UTF-8.
package struct BytePath: Sendable, Hashable {
    /// With a zero at the end.
    package let name: OpenFolder.Name

    package init(_ path: String) {
        name = Array(path.utf8) + [0]
    }

    private init(name: OpenFolder.Name) {
        self.name = name
    }

    /// The path for display.
    package var text: String { String(decoding: name.dropLast(), as: UTF8.self) }

    /// The path as a string for the same file; `nil` if it is not UTF-8.
    package var string: String? { String(validating: name.dropLast(), as: UTF8.self) }

    package func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        OpenFolder.withName(name, body)
    }

    /// The path of something in this folder.
    package func appending(_ part: some Collection<UInt8>) -> BytePath {
        var joined: [UInt8] = []
        joined.reserveCapacity(name.count + 1 + part.count)
        joined += name.dropLast()
        joined.append(UInt8(ascii: "/"))
        joined += part
        joined.append(0)
        return BytePath(name: joined)
    }

    /// The target of a symbolic link.
    package func linkTarget() throws(FileError) -> [UInt8] {
        try OpenFolder.linkTarget(name, in: AT_FDCWD, text)
    }

    /// Reads a regular file; symbolic links are refused.
    ///
    /// - Throws: ``FileError``, with `EFBIG` if it exceeds `limit`.
    package func content(limit: Int) throws(FileError) -> [UInt8] {
        try File.read(OpenFile(self, for: .content), limit: limit)
    }
}
