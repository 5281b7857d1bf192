package import OCI

/// A manifest made for a test, with everything it refers to.
package protocol TestContent: Sendable {
    /// The bytes of the manifest.
    var manifest: [UInt8] { get }
    /// The manifest as an index lists it.
    var descriptor: Descriptor { get }
    /// The blobs that the manifest refers to.
    var blobs: [[UInt8]] { get }
    /// The manifests that the manifest refers to.
    var children: [any TestContent] { get }
}

extension TestContent {
    package var digest: Digest { descriptor.digest }

    /// Blobs and manifests of the whole tree, this one last, without repetitions.
    package var everything: [[UInt8]] {
        var seen: Set<Digest> = []
        return (children.flatMap(\.everything) + blobs + [manifest]).filter { seen.insert(Digest(of: $0)).inserted }
    }
}

/// Bytes that do not compress and are the same for the same seed.
package func bigBlob(_ size: Int, seed: UInt64 = 1) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: size + 8) { buffer, count in
        let raw = UnsafeMutableRawBufferPointer(buffer)
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        // Word by word, since a sanitizer makes every step slow.
        for offset in stride(from: 0, to: size, by: 8) {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            raw.storeBytes(of: (state &* 0x2545_F491_4F6C_DD1D).littleEndian, toByteOffset: offset, as: UInt64.self)
        }
        count = size
    }
}
