import Archive
import Concurrency
import FileSystem
import ImageLayout
import OCI

@testable import Snapshots

/// Tar archives, in any compression.
enum ArchiveTargets {
    /// What an input may come to; bombs are no finding as long as they are read in pieces.
    private static let limits = TarLimits(entries: 1000, totalSize: 32 << 20)

    /// Reads an archive to its end, in every way.
    static func tar(_ bytes: [UInt8]) {
        for bytes in variants(of: bytes) {
            for isLenient in [false, true] {
                try? readAll(bytes, isLenient)
            }
            _ = try? TarReader.isArchive(firstBytes: bytes)
            let index = try? TarIndex(size: Int64(bytes.count), limits: limits) { count, offset in
                Array(bytes.dropFirst(Int(offset)).prefix(count))
            }
            for path in index?.paths ?? [] { _ = index?.file("\(path)") }
        }
    }

    private static func readAll(_ bytes: [UInt8], _ isLenient: Bool) throws {
        let reader = try TarReader(source(bytes), limits: limits, endMayBeMissing: isLenient, confinesNames: isLenient)
        while try reader.next() != nil { while try reader.extent() != nil {} }
    }

    /// Unpacks a layer beside a file that nothing may touch, on a layer that has links, files and folders.
    static func unpacking(_ bytes: [UInt8]) throws {
        for bytes in variants(of: bytes) {
            var hasher = DigestHasher(.sha256)
            let decompressor = try Decompressor(source(bytes))
            while let piece = try? decompressor.next(), hasher.count < limits.totalSize { hasher.update(piece) }
            let (lower, folder) = (Scratch.shared.path("lower"), Scratch.shared.path("layer"))
            for folder in [folder, lower] { try Folder.create(folder) }
            for name in ["a", "b"] where try FileStatus(of: "\(lower)/\(name)") == nil {
                try File.replace("\(lower)/\(name)", with: [1])
            }
            _ = try? LayerUnpacking.unpack(source(bytes), to: folder, expecting: hasher.finalize(), over: [lower])
            try Scratch.shared.checkCanary()
            try TreeRemoval.remove(folder)
        }
    }

    static func archive(_ bytes: [UInt8], _ format: Reference.ArchiveFormat) async throws {
        for bytes in variants(of: bytes) {
            let path = Scratch.shared.path("archive")
            try File.replace(path, with: bytes)
            let source = ArchiveSource(format, path: path, name: path, scratch: Scratch.shared.folder)
            for tag in ((try? await source.tags()) ?? []).prefix(3) {
                _ = try? await source.fullName(of: .tag(tag))
                try await ImageTargets.read(Reference(.archive(format, path: path), tag: tag), in: source)
            }
        }
    }

    private static func source(_ bytes: [UInt8]) -> ByteSource {
        var rest: [UInt8]? = bytes.isEmpty ? nil : bytes
        return {
            defer { rest = nil }
            return rest
        }
    }

    /// The input, and the input with the checksums of its headers put right, which no chance would find.
    private static func variants(of bytes: [UInt8]) -> [[UInt8]] {
        var mended = bytes
        for start in stride(from: 0, to: bytes.count - 511, by: 512)
        where bytes[start + 257..<start + 262].elementsEqual("ustar".utf8) {
            let block = bytes[start..<start + 512]
            let sum =
                block.reduce(0) { $0 + Int($1) } - block[start + 148..<start + 156].reduce(0) { $0 + Int($1) } + 8 * 32
            let digits = String(sum, radix: 8)
            let field = String(repeating: "0", count: 6 - digits.count) + digits + "\0 "
            mended.replaceSubrange(start + 148..<start + 156, with: field.utf8)
        }
        return mended == bytes ? [bytes] : [bytes, mended]
    }
}
