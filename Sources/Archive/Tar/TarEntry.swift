/// The metadata of a file, folder, link or device in an archive, without user and group names.
package struct TarEntry: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case file
        case folder
        /// The target is any text without zero bytes and may lead out of the archive.
        case symbolicLink([UInt8])
        /// Another name for an earlier entry.
        case hardLink(TarPath)
        case characterDevice(major: UInt32, minor: UInt32)
        case blockDevice(major: UInt32, minor: UInt32)
        case fifo
    }

    /// An extended attribute, such as `security.capability`.
    package struct Attribute: Hashable, Sendable {
        package let name: String
        package let value: [UInt8]

        package init(_ name: String, _ value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    package var path: TarPath
    package var kind: Kind
    /// Permissions with set-uid, set-gid and sticky bits: 0 to 0o7777.
    package var mode: UInt16
    package var uid: UInt32
    package var gid: UInt32
    /// The length of the content, in bytes; 0 for everything but files.
    package var size: Int64
    /// Seconds since 1970; may be negative.
    package var modified: Int64
    /// The fraction of the second, 0 to 999 999 999. It is read, but never written.
    package var nanoseconds: UInt32
    /// In archive order. A hard link has the attributes of its target.
    package var attributes: [Attribute]

    package init(
        _ path: TarPath, _ kind: Kind, mode: UInt16, uid: UInt32 = 0, gid: UInt32 = 0, size: Int64 = 0,
        modified: Int64 = 0, nanoseconds: UInt32 = 0, attributes: [Attribute] = []
    ) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.size = size
        self.modified = modified
        self.nanoseconds = nanoseconds
        self.attributes = attributes
    }
}
