package import Concurrency

/// A blob that can be read, and read again after a failure. All content is verified.
package struct BlobContent: Sendable {
    package let descriptor: Descriptor
    private let storeName: String
    private var openRaw: @Sendable (_ offset: Int64) async throws -> any ByteStream
    private var progress: @Sendable (Int) -> Void

    /// - Parameter progress: Called for every piece that is read, with its size in bytes.
    package init(
        _ descriptor: Descriptor, in source: any ImageSource, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.descriptor = descriptor
        storeName = source.name
        openRaw = { try await source.rawBlob(descriptor, from: $0) }
        self.progress = progress
    }

    /// A small blob that is already in memory.
    ///
    /// - Parameters:
    ///   - storeName: The name of the store that it came from, for messages.
    ///   - progress: Called for every piece that is read, with its size in bytes.
    package init(
        _ descriptor: Descriptor, bytes: [UInt8], of storeName: String,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.descriptor = descriptor
        self.storeName = storeName
        openRaw = { offset in BytesStream(Array(bytes.dropFirst(Int(offset)))) }
        self.progress = progress
    }

    /// A blob that is not in any store yet.
    ///
    /// - Parameters:
    ///   - storeName: The name of its origin, for messages.
    ///   - open: Returns its bytes from an offset on.
    package init(
        _ descriptor: Descriptor, of storeName: String,
        opening open: @escaping @Sendable (_ offset: Int64) async throws -> any ByteStream
    ) {
        self.descriptor = descriptor
        self.storeName = storeName
        openRaw = open
        progress = { _ in }
    }

    /// The same content with another progress callback.
    package func reporting(to progress: @escaping @Sendable (Int) -> Void) -> BlobContent {
        var content = self
        content.progress = progress
        return content
    }

    /// The same content, read by other means.
    package func reading(
        _ open: @escaping @Sendable (_ offset: Int64) async throws -> any ByteStream
    ) -> BlobContent {
        var content = self
        content.openRaw = open
        return content
    }

    /// Opens the content without verifying it; only for ``reading(_:)``.
    package func raw(from offset: Int64) async throws -> any ByteStream { try await openRaw(offset) }

    /// Opens the content.
    ///
    /// - Parameter hasher: The state of the digest for content already read, to continue after it.
    package func open(after hasher: DigestHasher? = nil) async throws -> VerifiedStream {
        let raw = try await openRaw(hasher?.count ?? 0)
        return VerifiedStream(raw, of: descriptor, in: storeName, after: hasher, progress: progress)
    }

    /// Reads the whole content of a small blob.
    ///
    /// - Parameter limit: The maximum size, in bytes.
    package func bytes(limit: Int64 = ManifestContent.maximumSize) async throws -> [UInt8] {
        guard descriptor.size <= limit else {
            throw ImageError(
                .failed, "cannot read \(descriptor.digest) of \(storeName)",
                "it has \(descriptor.size) bytes, more than the limit of \(limit)")
        }
        let stream = try await open()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(descriptor.size))
        while let piece = try await stream.next() { bytes += piece }
        return bytes
    }
}

/// The content of a blob. The last piece is only handed out if size and digest are right.
package final class VerifiedStream: ByteStream {
    private let raw: any ByteStream
    private let descriptor: Descriptor
    private let storeName: String
    private let hasher: Guarded<DigestHasher>
    private let progress: @Sendable (Int) -> Void

    init(
        _ raw: any ByteStream, of descriptor: Descriptor, in storeName: String, after hasher: DigestHasher?,
        progress: @escaping @Sendable (Int) -> Void
    ) {
        self.raw = raw
        self.descriptor = descriptor
        self.storeName = storeName
        self.hasher = Guarded(hasher ?? DigestHasher(descriptor.digest.algorithm))
        self.progress = progress
    }

    package func next() async throws -> [UInt8]? {
        guard let piece = try await raw.next() else {
            try check(hasher.withLock { $0 }, atEnd: true)
            return nil
        }
        let state = hasher.withLock { hasher in
            hasher.update(piece)
            return hasher
        }
        try check(state, atEnd: false)
        progress(piece.count)
        return piece
    }

    private func check(_ state: DigestHasher, atEnd: Bool) throws(ImageError) {
        let attempt = "cannot use the blob \(descriptor.digest) of \(storeName)"
        if state.count > descriptor.size {
            throw ImageError(.verification, attempt, "it is longer than the expected \(descriptor.size) bytes")
        }
        if state.count == descriptor.size {
            let actual = state.finalize()
            guard actual == descriptor.digest else {
                throw ImageError(.verification, attempt, "its content has the digest \(actual)")
            }
        } else if atEnd {
            let counts = "\(state.count) of \(descriptor.size) bytes"
            throw ImageError(.verification, attempt, "it ended after \(counts)")
        }
    }
}
