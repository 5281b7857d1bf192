package import Archive

/// What one layer adds, changes and removes (image-spec, layer.md), and where the content of its files is found.
///
/// The entries are in the order of their paths, a folder before what is in it, and no path is there twice. A folder that
/// only leads to what has changed need not be there: it is what it is below.
package struct LayerContent: Sendable {
    package struct Entry: Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            case file(FileData)
            /// - Parameter isOpaque: Whether nothing of what is below shows through.
            case folder(isOpaque: Bool)
            case symbolicLink([UInt8])
            /// Another name of a file of the same layer, the one whose path comes first.
            case hardLink(TarPath)
            case characterDevice(major: UInt32, minor: UInt32)
            case blockDevice(major: UInt32, minor: UInt32)
            case fifo
            /// What was there below is gone.
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
        /// Whether that time is part of what the content is: an author has set it.
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

        /// Whether it is a folder that a step made on the way to where it put something. It is as old as the result.
        package var hasNoTime: Bool {
            if case .folder = kind { modified == 0 } else { false }
        }
    }

    /// The bytes of a file.
    package enum FileData: Sendable, Hashable {
        case bytes([UInt8])
        /// A file of this machine, an absolute path, that has so many bytes, and what it was when it was looked at.
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
