internal import Archive
internal import Concurrency
internal import FileSystem
internal import Glibc
internal import OCI

/// Unpacks one archive into a folder, as ADD does (Dockerfile reference, ADD, "Adding local tar archives").
struct ArchiveUnpacking {
    /// The folder that the paths of the archive start from.
    let target: TarPath
    /// Whom everything belongs to; as the archive says without one.
    let owner: Owner?
    /// A folder for the content of larger files.
    let scratch: String
    /// By the path in the tree.
    private var items: [TarPath: WalkedTree.Item] = [:]
    private var memory: Int64 = 0
    private var fileCount: UInt64 = 0
    private let prefix = String(UInt64.random(in: .min ... .max), radix: 36)

    /// Files up to this size are kept in memory, as long as they are not too many; bytes.
    private static let smallSize: Int64 = 32 << 10
    private static let memoryLimit: Int64 = 32 << 20
    private static let pieceSize = 256 << 10

    init(target: TarPath, owner: Owner?, scratch: String) {
        self.target = target
        self.owner = owner
        self.scratch = scratch
    }

    /// Whether a file is an archive, by what it begins with.
    static func isArchive(_ path: DiskPath) throws -> Bool {
        let file = try OpenFile(path.text, for: .reading)
        return TarReader.isArchive(firstBytes: try file.read(TarReader.probeSize, at: 0))
    }

    /// - Throws: ``OCI/ImageError``, ``FileSystem/FileError``.
    mutating func unpack(_ path: DiskPath, into builder: inout ContentBuilder<some BaseFacts>) throws {
        let file = try OpenFile(path.text, for: .reading)
        var offset: Int64 = 0
        do {
            let reader = try TarReader({
                let piece = try file.read(Self.pieceSize, at: offset)
                offset += Int64(piece.count)
                return piece.isEmpty ? nil : piece
            })
            while let entry = try reader.next() { try add(entry, reader, &builder) }
        } catch let error as ArchiveError {
            throw builder.failure("the archive \(path.text) cannot be unpacked: \(error)")
        }
        for (_, item) in items { builder.append(item) }
    }

    private mutating func add(
        _ entry: TarEntry, _ reader: TarReader, _ builder: inout ContentBuilder<some BaseFacts>
    ) throws {
        // The destination exists by now, and stays as it is.
        guard let parent = entry.path.folder else { return }
        let folder = try builder.resolve(parent.bytes, from: target)
        try builder.makeFolders(to: folder, owner: owner ?? Owner(uid: 0, gid: 0))
        let path = folder.appending(Array(entry.path.name))
        let item = try item(entry, at: path, reader, &builder)
        if !item.isFolder, items[path]?.isFolder == true {
            for below in items.keys where below.bytes.starts(with: path.bytes + [UInt8(ascii: "/")]) {
                items[below] = nil
                builder.note(.absent, at: below)
            }
        }
        items[path] = item
        switch item.entry.kind {
        case .folder: builder.note(.folder(FolderFacts()), at: path)
        case .symbolicLink(let text): builder.note(.symbolicLink(String(decoding: text, as: UTF8.self)), at: path)
        default: builder.note(.file, at: path)
        }
    }

    private mutating func item(
        _ entry: TarEntry, at path: TarPath, _ reader: TarReader, _ builder: inout ContentBuilder<some BaseFacts>
    ) throws -> WalkedTree.Item {
        var link: FileFacts.Identity?
        let kind: LayerContent.Entry.Kind
        switch entry.kind {
        case .file: kind = .file(try data(of: entry, reader))
        case .folder: kind = .folder(isOpaque: false)
        case .symbolicLink(let text): kind = .symbolicLink(text)
        case .characterDevice(let major, let minor): kind = .characterDevice(major: major, minor: minor)
        case .blockDevice(let major, let minor): kind = .blockDevice(major: major, minor: minor)
        case .fifo: kind = .fifo
        case .hardLink(let name):
            let first = try builder.resolve(name.bytes, from: target, followsLast: false)
            guard var item = items[first] else {
                throw ArchiveError(.damaged, "it links to what is not in the archive", entry: "\(entry.path)")
            }
            fileCount += 1
            link = item.link ?? FileFacts.Identity(device: .max, inode: fileCount)
            item.link = link
            items[first] = item
            item.entry.path = path
            return item
        }
        return WalkedTree.Item(
            entry: LayerContent.Entry(
                path, kind, mode: entry.mode, uid: owner?.uid ?? entry.uid, gid: owner?.gid ?? entry.gid,
                modified: entry.modified, nanoseconds: entry.nanoseconds, isTimeContent: true,
                attributes: entry.attributes.filter { DiskPath.isKept($0.name) }
                    .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }),
            link: link)
    }

    private mutating func data(of entry: TarEntry, _ reader: TarReader) throws -> LayerContent.FileData {
        if entry.size <= Self.smallSize, memory + entry.size <= Self.memoryLimit {
            memory += entry.size
            return .bytes(try reader.content(limit: Int(entry.size)))
        }
        try Folder.create(scratch)
        fileCount += 1
        let file = try OpenFile("\(scratch)/\(prefix)-\(fileCount)", for: .creating, permissions: 0o600)
        while let extent = try reader.extent() { try file.write(extent.bytes, at: extent.offset) }
        try file.truncate(to: entry.size)
        return .file(file.path, size: entry.size)
    }
}
