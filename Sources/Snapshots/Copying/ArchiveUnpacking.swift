internal import Archive
internal import Concurrency
internal import FileSystem
internal import Glibc
internal import OCI

/// Unpacks an archive into a folder, as ADD does (Dockerfile reference, ADD, "Adding local tar archives").
///
/// The folder is the root for everything in the archive: no name or link, in the archive or in the base, leads out of
/// it.
struct ArchiveUnpacking {
    /// The destination folder.
    let target: TarPath
    /// The owner of everything that the archive names; `nil` for the owners in the archive.
    let owner: Owner?
    /// A folder for the content of larger files.
    let scratch: String
    /// By the path in the snapshot.
    private var items: [TarPath: WalkedTree.Item] = [:]
    /// The paths of the items in each folder.
    private var contents: [TarPath: [TarPath]] = [:]
    /// The attributes given with the last name of each file, which apply to all its names.
    private var lastWords: [FileStatus.Identity: LayerContent.Entry] = [:]
    private var memory: Int64 = 0
    private var space: SpaceWatch?
    private var fileCount: UInt64 = 0
    private let prefix = String(UInt64.random(in: .min ... .max), radix: 36)

    /// The maximum size of files kept in memory, in bytes, as long as there are not too many.
    private static let smallSize: Int64 = 32 << 10
    private static let memoryLimit: Int64 = 32 << 20

    init(target: TarPath, owner: Owner?, scratch: String) {
        self.target = target
        self.owner = owner
        self.scratch = scratch
    }

    /// Returns true if a file is an archive, judging by its beginning.
    static func isArchive(_ path: BytePath) throws -> Bool {
        let file = try OpenFile(path.text, for: .reading)
        do {
            return try TarReader.isArchive(firstBytes: try file.read(TarReader.probeSize, at: 0))
        } catch let error as ArchiveError {
            throw ImageError(
                .failed, "cannot unpack \(path.text)", "\(error)",
                advice: "use COPY, or ADD --unpack=false, for a file that is not to be unpacked")
        }
    }

    /// - Throws: ``OCI/ImageError``, ``FileSystem/FileError``.
    mutating func unpack(_ path: BytePath, into builder: inout ContentBuilder<some BaseSnapshot>) throws {
        let file = try OpenFile(path.text, for: .reading)
        do {
            let reader = try TarReader(file.pieces(), endMayBeMissing: true, confinesNames: true)
            while let entry = try reader.next() { try add(entry, reader, &builder) }
        } catch let error as ArchiveError {
            throw builder.failure("the archive \(path.text) cannot be unpacked: \(error)")
        }
        for (_, item) in items { builder.append(finished(item)) }
    }

    private mutating func add(
        _ entry: TarEntry, _ reader: TarReader, _ builder: inout ContentBuilder<some BaseSnapshot>
    ) throws {
        // The destination exists at this point, and is not changed.
        guard let parent = entry.path.folder else { return }
        let folder = try builder.resolve(parent.bytes, in: target)
        try makeFolders(to: folder, &builder)
        let path = folder.appending(Array(entry.path.name))
        if case .hardLink(let name) = entry.kind {
            try link(entry, to: name, at: path, &builder)
        } else if let kind = try kind(of: entry, reader) {
            try put(WalkedTree.Item(entry: layerEntry(entry, path, kind)), &builder)
        }
    }

    /// - Returns: `nil` for a hard link, which is the same as its target.
    private mutating func kind(of entry: TarEntry, _ reader: TarReader) throws -> LayerContent.Entry.Kind? {
        switch entry.kind {
        case .file: .file(try data(of: entry, reader))
        case .folder: .folder(isOpaque: false)
        case .symbolicLink(let text): .symbolicLink(text)
        case .characterDevice(let major, let minor): .characterDevice(major: major, minor: minor)
        case .blockDevice(let major, let minor): .blockDevice(major: major, minor: minor)
        case .fifo: .fifo
        case .hardLink: nil
        }
    }

    private func layerEntry(
        _ entry: TarEntry, _ path: TarPath, _ kind: LayerContent.Entry.Kind
    ) -> LayerContent.Entry {
        LayerContent.Entry(
            path, kind, mode: entry.mode, uid: owner?.uid ?? entry.uid, gid: owner?.gid ?? entry.gid,
            modified: entry.modified, nanoseconds: entry.nanoseconds, isTimeContent: true,
            attributes: entry.attributes.filter { LayerContent.counts(attribute: $0.name) }
                .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
    }

    /// Adds a name for a file of the archive or of the base.
    private mutating func link(
        _ entry: TarEntry, to name: TarPath, at path: TarPath, _ builder: inout ContentBuilder<some BaseSnapshot>
    ) throws {
        let first = try builder.resolve(name.bytes, in: target, followsLast: false)
        if try builder.fact(first).isFolder {
            throw ArchiveError(.damaged, "it links to a folder", entry: "\(entry.path)")
        }
        guard var item = try items[first] ?? builder.existingItem(at: first) else {
            throw ArchiveError(.damaged, "it links to \(name), which is not there", entry: "\(entry.path)")
        }
        fileCount += 1
        let link = item.link ?? FileStatus.Identity(device: .max, inode: fileCount)
        item.link = link
        try put(item, &builder)
        item.entry.path = path
        try put(item, &builder)
        lastWords[link] = layerEntry(entry, path, item.entry.kind)
    }

    private func finished(_ item: WalkedTree.Item) -> WalkedTree.Item {
        guard let link = item.link, let words = lastWords[link] else { return item }
        var item = item
        (item.entry.mode, item.entry.uid, item.entry.gid) = (words.mode, words.uid, words.gid)
        (item.entry.modified, item.entry.nanoseconds, item.entry.isTimeContent) = (
            words.modified, words.nanoseconds, true
        )
        return item
    }

    // MARK: Paths

    /// Creates folders that the archive does not have, or not yet.
    private mutating func makeFolders(to path: TarPath, _ builder: inout ContentBuilder<some BaseSnapshot>) throws {
        switch try builder.fact(path) {
        case .folder: return
        case .absent: break
        case .file, .symbolicLink: throw builder.failure("\(path.absolute) is not a folder")
        }
        if let parent = path.folder { try makeFolders(to: parent, &builder) }
        try put(.folder(path, FolderAttributes()), &builder)
    }

    /// Replaces whatever is at the item's path.
    private mutating func put(_ item: WalkedTree.Item, _ builder: inout ContentBuilder<some BaseSnapshot>) throws {
        var item = item
        let path = item.entry.path
        if item.isFolder {
            item.entry.kind = .folder(isOpaque: builder.hidesContent(of: path))
        } else if try builder.fact(path).isFolder {
            removeContent(of: path, &builder)
            try builder.hideContent(of: path)
        }
        if items.updateValue(item, forKey: path) == nil, let parent = path.folder {
            contents[parent, default: []].append(path)
        }
        switch item.entry.kind {
        case .folder: builder.note(.folder(FolderAttributes()), at: path)
        case .symbolicLink(let text): builder.note(.symbolicLink(String(decoding: text, as: UTF8.self)), at: path)
        default: builder.note(.file, at: path)
        }
    }

    private mutating func removeContent(of path: TarPath, _ builder: inout ContentBuilder<some BaseSnapshot>) {
        var gone = contents.removeValue(forKey: path) ?? []
        while let path = gone.popLast() {
            items[path] = nil
            builder.note(.absent, at: path)
            gone += contents.removeValue(forKey: path) ?? []
        }
    }

    // MARK: Content

    private mutating func data(of entry: TarEntry, _ reader: TarReader) throws -> LayerContent.FileData {
        if entry.size <= Self.smallSize, memory + entry.size <= Self.memoryLimit {
            memory += entry.size
            return .bytes(try reader.content(limit: Int(entry.size)))
        }
        try Folder.create(scratch)
        fileCount += 1
        let file = try OpenFile("\(scratch)/\(prefix)-\(fileCount)", for: .creating, permissions: 0o600)
        var space = space ?? SpaceWatch(scratch, attempt: "cannot unpack an archive")
        defer { self.space = space }
        while let extent = try reader.extent() {
            try file.write(extent.bytes, at: extent.offset)
            try space.wrote(extent.bytes.count)
        }
        try file.truncate(to: entry.size)
        return .file(file.path, size: entry.size)
    }
}
