package import Archive
internal import FileSystem
internal import Glibc

/// Writes the archive of a layer.
package final class LayerArchive {
    private static let bufferSize = 1 << 20

    private let writer: TarWriter
    private let epoch: Int64?
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSize, alignment: 4096)

    /// - Parameter epoch: The latest time for entries, in seconds since 1970.
    package init(epoch: Int64?, to sink: @escaping TarWriter.Sink) {
        self.epoch = epoch
        writer = TarWriter(to: sink)
    }

    deinit { buffer.deallocate() }

    /// - Throws: `ArchiveError`, `FileError`, `ImageError`; the error of the sink.
    package func write(_ content: LayerContent) throws {
        for entry in content.entries { try add(entry) }
        try finish()
    }

    /// Ends the archive.
    package func finish() throws { try writer.finish() }

    /// Adds a file whose content comes from elsewhere.
    func add(_ entry: LayerContent.Entry, size: Int64, _ pieces: () throws -> [UInt8]?) throws {
        try writer.add(tarEntry(entry, .file, size: size))
        while let piece = try pieces() { try writer.write(piece) }
    }

    /// Adds an entry. A file's content is read where it says that it is.
    func add(_ entry: LayerContent.Entry) throws {
        switch entry.kind {
        case .file(.bytes(let bytes)):
            try writer.add(tarEntry(entry, .file, size: Int64(bytes.count)))
            try writer.write(bytes)
        case .file(.file(let path, let size, _)): try write(entry, path, size: size)
        case .folder(let isOpaque):
            try writer.add(tarEntry(entry, .folder))
            if isOpaque { try addMarker(in: entry.path, ".wh..wh..opq".utf8) }
        case .symbolicLink(let target): try writer.add(tarEntry(entry, .symbolicLink(target), mode: 0o777))
        case .hardLink(let target): try writer.add(tarEntry(entry, .hardLink(target)))
        case .characterDevice(let major, let minor):
            try writer.add(tarEntry(entry, .characterDevice(major: major, minor: minor)))
        case .blockDevice(let major, let minor):
            try writer.add(tarEntry(entry, .blockDevice(major: major, minor: minor)))
        case .fifo: try writer.add(tarEntry(entry, .fifo))
        case .whiteout: try addMarker(in: entry.path.folder ?? .root, Array(".wh.".utf8) + entry.path.name)
        }
    }

    private func write(_ entry: LayerContent.Entry, _ path: String, size: Int64) throws {
        let file = try SourceFile(path)
        guard file.stamp.size == size else { throw LayerFailure.changed(path) }
        try writer.add(tarEntry(entry, .file, size: size))
        var left = size
        while left > 0 {
            let space = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(left, Int64(buffer.count)))])
            let count = try file.read(into: space)
            guard count > 0 else { throw LayerFailure.changed(path) }
            try writer.write(UnsafeRawBufferPointer(rebasing: space[..<count]))
            left -= Int64(count)
        }
        guard try file.isUnchanged() else { throw LayerFailure.changed(path) }
    }

    private func tarEntry(
        _ entry: LayerContent.Entry, _ kind: TarEntry.Kind, size: Int64 = 0, mode: UInt16? = nil
    ) -> TarEntry {
        let attributes = entry.attributes.filter {
            $0.name == "security.capability" || $0.name.hasPrefix("user.") && !ExtendedAttributes.isInternal($0.name)
        }
        return TarEntry(
            entry.path, kind, mode: mode ?? entry.mode, uid: entry.uid, gid: entry.gid, size: size,
            modified: entry.hasNoTime ? epoch ?? 0 : min(entry.modified, epoch ?? entry.modified),
            attributes: attributes)
    }

    private func addMarker(in folder: TarPath, _ name: some Collection<UInt8>) throws {
        try writer.add(TarEntry(folder.appending(name), .file, mode: 0, modified: 0))
    }
}
