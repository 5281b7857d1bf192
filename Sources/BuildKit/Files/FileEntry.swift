package import GRPC

/// An entry of a tree of files. Paths and targets are bytes that need not be UTF-8.
package struct FileEntry: ProtobufMessage, Hashable {
    package enum Kind: Sendable, Hashable {
        case file
        /// Another name of an earlier file.
        case hardLink
        case folder
        case symbolicLink
        /// A FIFO, device, socket, or anything else.
        case other
    }

    private static let folderBit: UInt32 = 1 << 31
    private static let linkBit: UInt32 = 1 << 27
    private static let deviceBit: UInt32 = 1 << 26
    private static let fifoBit: UInt32 = 1 << 25
    private static let setUserBit: UInt32 = 1 << 23
    private static let setGroupBit: UInt32 = 1 << 22
    private static let characterBit: UInt32 = 1 << 21
    private static let stickyBit: UInt32 = 1 << 20
    private static let kindBits: UInt32 = 0x8F28_0000

    /// Relative and clean, with slashes.
    package var path: [UInt8] = []
    /// Permissions and kind in Go's form.
    package var mode: UInt32 = 0
    package var uid: UInt32 = 0
    package var gid: UInt32 = 0
    /// In bytes. The content may be longer or shorter.
    package var size: Int64 = 0
    /// In nanoseconds since 1970.
    package var modified: Int64 = 0
    /// The target of a symbolic link, or the path of the file that a hard link is another name of.
    package var link: [UInt8] = []
    package var major: Int64 = 0
    package var minor: Int64 = 0
    package var attributes: [String: [UInt8]] = [:]

    package init() {}

    package var kind: Kind {
        switch mode & Self.kindBits {
        case 0: link.isEmpty ? .file : .hardLink
        case Self.folderBit: .folder
        case Self.linkBit: .symbolicLink
        default: .other
        }
    }

    /// The permissions in the form of chmod(2), 0 to 0o7777.
    package var permissions: UInt32 {
        mode & 0o777 | (mode & Self.setUserBit != 0 ? 0o4000 : 0) | (mode & Self.setGroupBit != 0 ? 0o2000 : 0)
            | (mode & Self.stickyBit != 0 ? 0o1000 : 0)
    }

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: path = try field.bytes
        case 2: mode = try field.uint32
        case 3: uid = try field.uint32
        case 4: gid = try field.uint32
        case 5: size = try field.int64
        case 6: modified = try field.int64
        case 7: link = try field.bytes
        case 8: major = try field.int64
        case 9: minor = try field.int64
        case 10:
            let (key, value) = try field.entry()
            attributes[key] = value
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, path)
        writer.put(2, mode)
        writer.put(3, uid)
        writer.put(4, gid)
        writer.put(5, size)
        writer.put(6, modified)
        writer.put(7, link)
        writer.put(8, major)
        writer.put(9, minor)
        writer.put(10, attributes)
    }

    /// The mode for permissions, 0 to 0o7777, of a file, or of what is none.
    static func mode(_ kind: Special?, permissions: UInt16) -> UInt32 {
        let bits = UInt32(permissions)
        return bits & 0o777 | (bits & 0o4000 != 0 ? setUserBit : 0) | (bits & 0o2000 != 0 ? setGroupBit : 0)
            | (bits & 0o1000 != 0 ? stickyBit : 0) | (kind?.bits ?? 0)
    }

    /// Anything but a file.
    enum Special {
        case folder, symbolicLink, fifo, characterDevice, blockDevice

        fileprivate var bits: UInt32 {
            switch self {
            case .folder: folderBit
            case .symbolicLink: linkBit
            case .fifo: fifoBit
            case .characterDevice: deviceBit | characterBit
            case .blockDevice: deviceBit
            }
        }
    }
}
