internal import Archive
internal import Concurrency
internal import OCI

/// What is in a layer that its image has to agree with.
struct LayerInspection: Sendable {
    /// Executables for one architecture.
    struct Executables: Sendable {
        let first: String
        var count = 1
    }

    /// The digest of the uncompressed archive (image-spec, config.md, "Layer DiffID"), by SHA-256.
    let diffID: Digest
    /// The executables of ELF format by the architecture that they are for.
    let executables: [String: Executables]

    /// Whether a layer is an archive that can be looked into.
    static func isPossible(_ layer: Descriptor) -> Bool {
        layer.mediaType.contains(".image.layer.") || layer.mediaType.contains(".image.rootfs.diff.tar")
    }

    /// Reads a layer to its end.
    ///
    /// - Throws: ``Archive/ArchiveError`` when it is no sound archive; what the stream throws.
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
            // What follows the archive belongs to the blob, too, whose digest is known only at its end.
            while try source() != nil {}
            return LayerInspection(diffID: hasher.finalize(), executables: executables)
        }
    }
}

extension Platform {
    /// The platform of the file that a reader is at, when that is a program or shared library of ELF format.
    fileprivate init?(executable reader: TarReader) throws {
        var header: [UInt8] = []
        while header.count < Self.elfHeaderSize, let extent = try reader.extent() {
            guard extent.offset == header.count else { return nil }
            header += extent.bytes.prefix(Self.elfHeaderSize)
        }
        self.init(elfHeader: header)
    }
}
