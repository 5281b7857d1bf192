extension Descriptor {
    /// The content that is embedded in the descriptor (image-spec, descriptor.md, "data"), if it has the digest and size
    /// of the descriptor.
    package var embeddedContent: [UInt8]? {
        guard let data, size <= ManifestContent.maximumSize, let bytes = Base64.decode(data),
            Int64(bytes.count) == size, Digest(of: bytes, algorithm: digest.algorithm) == digest
        else { return nil }
        return bytes
    }
}
