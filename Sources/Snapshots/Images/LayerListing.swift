internal import Archive
internal import Concurrency
internal import FileSystem
internal import OCI

/// The content of a layer that is not unpacked: the same as its folder would have.
///
/// Later entries replace earlier ones, a whiteout hides what is below the layer and never what is in it, and what lies
/// behind a symbolic link of the layer stays in the layer (image-spec, layer.md).
struct LayerListing: Sendable {
    /// A file, folder, link or device; several names of one file lead to one.
    struct Node: Sendable {
        var entry: LayerContent.Entry
        /// Its path in the archive.
        let member: TarPath
        /// Bytes of a file.
        var size: Int64 = 0
        /// The location of a file's content, if it is kept.
        var content: Int64?
        /// A folder that no entry stands for.
        var isImplied = false

        var isFolder: Bool { if case .folder = entry.kind { true } else { false } }
        var isOpaque: Bool { entry.kind == .folder(isOpaque: true) }
    }

    private static let linkLimit = 40

    private(set) var nodes: [Node] = []
    private var places: [TarPath: Int] = [:]
    private var names: [TarPath: Set<[UInt8]>] = [:]
    private(set) var isRootOpaque = false

    /// The number of what is at a path of this layer.
    func number(at path: TarPath) -> Int? { places[path] }

    /// The names in a folder of this layer, whiteouts among them.
    func names(in folder: TarPath) -> Set<[UInt8]> { names[folder] ?? [] }

    // MARK: Making

    /// Reads a layer to its end.
    ///
    /// - Parameters:
    ///   - diffID: The digest of the uncompressed archive.
    ///   - keeping: The files whose content is kept; `nil` for all.
    ///   - store: Where to.
    /// - Throws: ``ImageError`` of code `verification` when the archive is damaged or has another digest.
    static func read(
        _ source: @escaping ByteSource, expecting diffID: Digest, keeping: Set<TarPath>?, in store: ContentStore
    ) throws -> LayerListing {
        let attempt = "cannot look into the layer \(diffID.short)"
        let hash = HashThread(diffID.algorithm)
        defer { hash.stop() }
        let listing = try LayerFailure.explaining(attempt) {
            var listing = LayerListing()
            let reader = try TarReader(source, endMayBeMissing: true, observer: { hash.update($0) })
            while let member = try reader.next() {
                switch try LayerMember(member) {
                case nil: continue
                case .opaque(let folder): try listing.makeOpaque(folder)
                case .entry(let entry):
                    var node = Node(entry: entry, member: entry.path, size: member.size)
                    let isKept = keeping?.contains(entry.path) ?? true
                    if case .file = entry.kind, isKept { node.content = try store.keep(reader, size: member.size) }
                    try listing.add(node)
                }
            }
            // The bytes after the archive belong to the blob, too, whose digest is known only at its end.
            while try source() != nil {}
            return listing
        }
        let actual = hash.finish()
        guard actual == diffID else {
            throw ImageError(
                .verification, attempt, "its content is not what the image says: it has the digest \(actual)")
        }
        return listing
    }

    private mutating func add(_ node: Node) throws {
        let path = node.entry.path
        guard let above = path.folder else { return }
        let folder = try self.folder(above)
        let place = folder.appending(path.name)
        let old = places[place].map { nodes[$0] }
        var node = node
        node.entry.path = place
        switch node.entry.kind {
        case .whiteout:
            guard let old, let number = places[place] else { break }
            // An entry of the layer hides everything below it, unless both are folders.
            if old.isFolder { nodes[number].entry.kind = .folder(isOpaque: true) }
            return
        case .folder:
            if let old, old.isFolder || old.entry.kind == .whiteout {
                node.entry.kind = .folder(isOpaque: old.isOpaque || old.entry.kind == .whiteout)
            }
        case .hardLink(let target):
            if old?.isFolder == true { remove(place) }
            if let number = places[target], !nodes[number].isFolder, nodes[number].entry.kind != .whiteout {
                insert(place, number)
                return
            }
        default: if old?.isFolder == true { remove(place) }
        }
        nodes.append(node)
        insert(place, nodes.count - 1)
    }

    private mutating func makeOpaque(_ path: TarPath) throws {
        guard !path.isRoot else {
            isRootOpaque = true
            return
        }
        let folder = try folder(path)
        if let number = places[folder] { nodes[number].entry.kind = .folder(isOpaque: true) }
    }

    private mutating func insert(_ path: TarPath, _ number: Int) {
        places[path] = number
        names[path.folder ?? .root, default: []].insert(Array(path.name))
    }

    private mutating func remove(_ folder: TarPath) {
        for name in names.removeValue(forKey: folder) ?? [] {
            let path = folder.appending(name)
            if places[path].map({ nodes[$0].isFolder }) ?? false { remove(path) }
            places[path] = nil
        }
    }

    /// The folder of this layer that a path leads to, through links of the layer. Missing folders are added.
    private mutating func folder(_ path: TarPath) throws -> TarPath {
        if path.isRoot || isFolder(path) { return path }
        let found: RootedPath
        do {
            found = try RootedPath(path.bytes, mostLinks: Self.linkLimit) { status(of: $0) }
        } catch let failure as RootedPath.Failure {
            let isLoop = if case .tooManyLinks = failure { true } else { false }
            let reason = isLoop ? "it is behind too many links" : "its folder is not a folder"
            throw ArchiveError(.damaged, reason, entry: "\(path)")
        }
        guard found.status != .other else {
            throw ArchiveError(.damaged, "its folder is not a folder", entry: "\(path)")
        }
        var folder = TarPath.root
        for name in found.names {
            folder = folder.appending(name)
            if isFolder(folder) { continue }
            // A folder where the layer removes something hides the content of that.
            let isOpaque = places[folder] != nil
            let entry = LayerContent.Entry(folder, .folder(isOpaque: isOpaque), mode: 0o755)
            nodes.append(Node(entry: entry, member: folder, isImplied: true))
            insert(folder, nodes.count - 1)
        }
        return folder
    }

    private func isFolder(_ path: TarPath) -> Bool { places[path].map { nodes[$0].isFolder } ?? false }

    private func status(of names: [[UInt8]]) -> RootedPath.Status {
        let path = TarPath.root.appending(Array(names.joined(separator: [UInt8(ascii: "/")])))
        guard let number = places[path] else { return .absent }
        return switch nodes[number].entry.kind {
        case .folder: .folder
        case .symbolicLink(let target): .link(target: target)
        case .whiteout: .absent
        default: .other
        }
    }
}
