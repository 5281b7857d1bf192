package import OCI

/// The SHA-256 hash of a file's content.
package struct ContentHash: Sendable, Hashable {
    private let words: InlineWords

    private struct InlineWords: Sendable, Hashable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        var fourth: UInt64 = 0
    }

    /// Takes 32 bytes.
    init(_ hash: [UInt8]) {
        var words = InlineWords()
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: hash.prefix($0.count)) }
        self.words = words
    }

    init(of content: [UInt8]) {
        var hasher = DigestHasher(.sha256)
        hasher.update(content)
        self.init(hasher.hash)
    }

    /// The 32 bytes.
    package var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }
}

extension ContentHash {
    /// The hash in a digest; `nil` for algorithms other than SHA-256.
    package init?(_ digest: Digest) {
        guard digest.algorithm == .sha256 else { return nil }
        let digits = Array(digest.hex.utf8)
        self.init(
            stride(from: 0, to: digits.count, by: 2).compactMap { index in
                UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16)
            })
    }
}
