/// The compression of a stream, detected from its first bytes.
package enum CompressionFormat: String, Hashable, Sendable {
    case none, gzip, bzip2, xz, zstd

    /// The number of bytes needed for detection.
    static let probeSize = 6

    /// Detects the compression from the first six bytes of a stream.
    package init(firstBytes bytes: some Collection<UInt8>) {
        let first = Array(bytes.prefix(Self.probeSize))
        let isSkippableFrame = first.count >= 4 && first[0] & 0xF0 == 0x50 && first[1...3] == [0x2A, 0x4D, 0x18]
        if first.starts(with: [0x1F, 0x8B, 0x08]) {
            self = .gzip
        } else if first.starts(with: "BZh".utf8), Self.isBlockOfBzip2(first.dropFirst(4)) {
            self = .bzip2
        } else if first.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) {
            self = .xz
        } else if first.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) || isSkippableFrame {
            self = .zstd
        } else {
            self = .none
        }
    }

    /// Returns true if a block, or the end of an empty stream, follows the three letters, since text may begin with the
    /// same letters.
    private static func isBlockOfBzip2(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.starts(with: [0x31, 0x41]) || bytes.starts(with: [0x17, 0x72])
    }
}
