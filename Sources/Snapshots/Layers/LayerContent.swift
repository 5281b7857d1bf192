package import Archive

/// The changes of a layer (image-spec, layer.md), and the location of its files' content.
///
/// The entries are in the order of their paths, a folder before its content, without duplicates. A folder that only
/// leads to a change may be omitted; it has the attributes that it has below.
package struct LayerContent: Sendable {
    package struct Entry: Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            case file(FileData)
            /// - Parameter isOpaque: True to hide the content of the folder below.
            case folder(isOpaque: Bool)
            case symbolicLink([UInt8])
            /// Another name for a file of the same layer, by the path that comes first.
            case hardLink(TarPath)
            case characterDevice(major: UInt32, minor: UInt32)
            case blockDevice(major: UInt32, minor: UInt32)
            case fifo
            /// A removed file or folder.
            case whiteout
        }

        package var path: TarPath
        package var kind: Kind
        /// Permissions with set-uid, set-gid and sticky bits: 0 to 0o7777.
        package var mode: UInt16
        package var uid: UInt32
        package var gid: UInt32
        /// Seconds and nanoseconds since 1970.
        package var modified: Int64
        package var nanoseconds: UInt32
        /// True if the time counts as content, because an author has set it.
        package var isTimeContent: Bool
        /// Sorted by name.
        package var attributes: [TarEntry.Attribute]

        package init(
            _ path: TarPath, _ kind: Kind, mode: UInt16, uid: UInt32 = 0, gid: UInt32 = 0, modified: Int64 = 0,
            nanoseconds: UInt32 = 0, isTimeContent: Bool = false, attributes: [TarEntry.Attribute] = []
        ) {
            self.path = path
            self.kind = kind
            self.mode = mode
            self.uid = uid
            self.gid = gid
            self.modified = modified
            self.nanoseconds = nanoseconds
            self.isTimeContent = isTimeContent
            self.attributes = attributes
        }

        /// True for a parent folder that a step created on the way to its destination. It gets the time of the result.
        package var hasNoTime: Bool {
            if case .folder = kind { modified == 0 } else { false }
        }
    }

    /// The content of a file.
    package enum FileData: Sendable, Hashable {
        case bytes([UInt8])
        /// A local file, by its absolute path, with its expected size and stamp.
        case file(String, size: Int64, stamp: FileStamp? = nil)

        package var size: Int64 {
            switch self {
            case .bytes(let bytes): Int64(bytes.count)
            case .file(_, let size, _): size
            }
        }
    }

    package var entries: [Entry]

    package init(_ entries: [Entry] = []) {
        self.entries = entries
    }

    package var isEmpty: Bool { entries.isEmpty }
}
