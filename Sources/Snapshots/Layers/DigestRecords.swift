internal import FileSystem
internal import OCI

/// The file of ``FileDigests``: a line with its version, records of 72 bytes sorted by device and inode, and the
/// SHA-256 of all that, since the file is written too often to be flushed for safety alone. Numbers are in this
/// machine's byte order, because the file only makes sense on this machine.
struct DigestRecords {
    struct Key: Hashable, Comparable {
        let device: UInt64
        let inode: UInt64

        init(_ stamp: FileStamp) { (device, inode) = (stamp.device, stamp.inode) }

        static func < (left: Key, right: Key) -> Bool { (left.device, left.inode) < (right.device, right.inode) }
    }

    struct Record {
        let stamp: FileStamp
        let hash: ContentHash

        var key: Key { Key(stamp) }
    }

    private static let title = Array("imgtool file digests 1\n".utf8)
    private static let sizeLimit = 1 << 30

    /// Sorted by key, without duplicates.
    let records: [Record]

    /// - Parameter records: Records in any order.
    init(_ records: [Record]) {
        self.records = records.sorted { $0.key < $1.key }
    }

    /// Reads a file; there are no records in one that is damaged or missing.
    init(path: String) {
        let bytes = (try? File.read(path, limit: Self.sizeLimit)) ?? []
        records = Self.parse(bytes)
    }

    var bytes: [UInt8] {
        var bytes = Self.title
        bytes.reserveCapacity(records.count * MemoryLayout<Record>.stride + 64)
        records.withUnsafeBytes { bytes += $0 }
        return bytes + ContentHash(of: bytes).bytes
    }

    /// The index of the record for a key.
    func index(of key: Key) -> Int? {
        var (low, high) = (0, records.count)
        while low < high {
            let middle = (low + high) / 2
            if records[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low < records.count && records[low].key == key ? low : nil
    }

    private static func parse(_ bytes: [UInt8]) -> [Record] {
        let size = MemoryLayout<Record>.stride
        let content = bytes.dropLast(MemoryLayout<ContentHash>.size)
        guard content.starts(with: title), (content.count - title.count) % size == 0 else { return [] }
        guard ContentHash(of: Array(content)).bytes == Array(bytes[content.endIndex...]) else { return [] }
        let count = (content.count - title.count) / size
        return [Record](unsafeUninitializedCapacity: count) { buffer, initialized in
            UnsafeMutableRawBufferPointer(buffer).copyBytes(from: content.dropFirst(title.count))
            initialized = count
        }
    }
}
