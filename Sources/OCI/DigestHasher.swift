internal import CCrypto

/// An incremental digest. Copies continue independently.
package struct DigestHasher: Sendable {
    private var state = ccrypto_hash()
    private let algorithm: Digest.Algorithm
    /// The number of bytes hashed.
    package private(set) var count: Int64 = 0

    package init(_ algorithm: Digest.Algorithm) {
        self.algorithm = algorithm
        ccrypto_hash_init(&state, algorithm == .sha256 ? 256 : 512)
    }

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        ccrypto_hash_update(&state, bytes.baseAddress, bytes.count)
        count += Int64(bytes.count)
    }

    /// The digest of the bytes so far; the hasher can continue afterwards.
    package func finalize() -> Digest { Digest(algorithm: algorithm, hash: hash) }

    /// The hash of the bytes so far; the hasher can continue afterwards.
    package var hash: [UInt8] {
        var final = state
        var hash = [UInt8](repeating: 0, count: algorithm.hexLength / 2)
        ccrypto_hash_final(&final, &hash)
        return hash
    }
}
