internal import Archive
internal import Concurrency
internal import OCI

/// Properties of a layer's content that the image has to match.
struct LayerInspection: Sendable {
    /// Executables for one architecture.
    struct Executables: Sendable {
        let first: String
        var count = 1
    }

    /// The SHA-256 digest of the uncompressed archive (image-spec, config.md, "Layer DiffID").
    let diffID: Digest
    /// ELF executables, by architecture.
    let executables: [String: Executables]

    /// Returns true if a layer is an archive that can be inspected.
    static func isPossible(_ layer: Descriptor) -> Bool { LayerMediaType.of(layer.mediaType) != nil }

    /// Reads a layer to its end.
    ///
    /// - Throws: ``Archive/ArchiveError`` if the archive is damaged; the error of the stream.
    static func read(_ stream: VerifiedStream) async throws -> LayerInspection {
        try await stream.pulled { source in
            var hasher = DigestHasher(.sha256)
            var executables: [String: Executables] = [:]
            let reader = try TarReader(source, endMayBeMissing: true) { hasher.update($0) }
            while let entry = try reader.next() {
                guard entry.kind == .file, entry.mode & 0o111 != 0,
                    let architecture = try Platform(executable: reader)?.architecture
                else { continue }
                executables[architecture, default: Executables(first: "\(entry.path)", count: 0)].count += 1
            }
            // Read to the end of the blob, where its digest is verified.
            while try source() != nil {}
            return LayerInspection(diffID: hasher.finalize(), executables: executables)
        }
    }
}

extension Platform {
    /// The platform of the reader's current file, if that is an ELF program or shared library.
    fileprivate init?(executable reader: TarReader) throws {
        var header: [UInt8] = []
        while header.count < Self.elfHeaderSize, let extent = try reader.extent() {
            guard extent.offset == header.count else { return nil }
            header += extent.bytes.prefix(Self.elfHeaderSize)
        }
        self.init(elfHeader: header)
    }
}
