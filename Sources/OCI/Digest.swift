/// A content digest (image-spec, descriptor.md, "Digests"): an algorithm and the hexadecimal hash of the content.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The registered algorithms.
    package enum Algorithm: String, Sendable, CaseIterable {
        case sha256, sha512

        /// The number of hexadecimal digits of a hash.
        var hexLength: Int { self == .sha256 ? 64 : 128 }
    }

    package let algorithm: Algorithm
    /// Lower-case hexadecimal digits.
    package let hex: String

    package var description: String { "\(algorithm.rawValue):\(hex)" }

    /// Parses `algorithm:hex`.
    ///
    /// - Throws: ``ImageError`` of code `usage` that describes the problem.
    package init(_ text: some StringProtocol) throws(ImageError) {
        func refuse(_ reason: String) -> ImageError {
            ImageError(.usage, "cannot read the digest \"\(text)\"", reason)
        }
        guard let colon = text.firstIndex(of: ":") else { throw refuse("it has no algorithm, as in sha256:…") }
        guard let algorithm = Algorithm(rawValue: String(text[..<colon])) else {
            throw refuse("\"\(text[..<colon])\" is not an algorithm that imgtool knows; those are sha256 and sha512")
        }
        let hex = text[text.index(after: colon)...]
        if let bad = hex.utf8.first(where: { !Self.isHexDigit($0) }) {
            throw refuse("\"\(Character(UnicodeScalar(bad)))\" is not a lower-case hexadecimal digit")
        }
        guard hex.utf8.count == algorithm.hexLength else {
            throw refuse("it has \(hex.utf8.count) hexadecimal digits, \(algorithm) has \(algorithm.hexLength)")
        }
        self.algorithm = algorithm
        self.hex = String(hex)
    }

    init(algorithm: Algorithm, hash: some Sequence<UInt8>) {
        let digits = Array("0123456789abcdef".utf8)
        var hex: [UInt8] = []
        for byte in hash {
            hex.append(digits[Int(byte >> 4)])
            hex.append(digits[Int(byte & 15)])
        }
        self.algorithm = algorithm
        self.hex = String(decoding: hex, as: UTF8.self)
    }

    /// The digest of bytes in memory.
    package init(of bytes: [UInt8], algorithm: Algorithm = .sha256) {
        var hasher = DigestHasher(algorithm)
        hasher.update(bytes)
        self = hasher.finalize()
    }

    /// The first twelve digits, for display.
    package var short: String { "\(algorithm.rawValue):\(hex.prefix(12))" }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
