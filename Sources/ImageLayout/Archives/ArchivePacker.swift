internal import Archive
internal import FileSystem

/// The output of a new archive.
package enum ArchiveOutput: Sendable {
    /// A file, which appears whole or not at all; devices and pipes are written to directly. It is compressed if its
    /// name has the suffix of a compressed archive.
    case file(String)
    /// A consumer of the pieces, in order.
    case stream(@Sendable ([UInt8]) throws -> Void)
}

/// Packs files into a tar archive. Equal files produce equal bytes.
final class ArchivePacker {
    private let tar: TarWriter
    private let compressor: Compressor
    private let file: OutputFile?

    /// Creates the file.
    init(_ output: ArchiveOutput) throws {
        let sink: Compressor.Sink
        var compression = LayerCompression.none
        switch output {
        case .file(let path):
            let file = try OutputFile(path)
            self.file = file
            sink = { try file.write($0) }
            if path.hasSuffix(".gz") || path.hasSuffix(".tgz") { compression = .standard }
            if path.hasSuffix(".zst") || path.hasSuffix(".tzst") { compression = try LayerCompression(name: "zstd") }
        case .stream(let write):
            file = nil
            sink = write
        }
        let compressor = try Compressor(compression, to: sink)
        self.compressor = compressor
        tar = TarWriter { try compressor.write($0) }
    }

    /// Begins a file, whose content has to follow.
    func begin(_ path: String, size: Int64) throws {
        try tar.add(TarEntry(TarPath(path), .file, mode: 0o644, size: size))
    }

    func write(_ piece: [UInt8]) throws { try tar.write(piece) }

    /// Adds a small file.
    func add(_ path: String, _ content: [UInt8]) throws {
        try begin(path, size: Int64(content.count))
        try write(content)
    }

    /// Completes the archive and gives it its name.
    func finish() throws {
        try tar.finish()
        try compressor.finish()
        try file?.commit()
    }
}
