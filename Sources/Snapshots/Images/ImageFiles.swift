package import Archive
internal import Concurrency
internal import FileSystem
package import OCI

/// The files of an image, seen through its layers without unpacking them: as overlayfs would show them, from the topmost
/// layer down. A layer is fetched when it is needed, and not before.
package actor ImageFiles {
    /// One layer of an image.
    package struct Layer: Sendable {
        let descriptor: Descriptor
        let diffID: Digest

        /// - Parameter diffID: The digest of the uncompressed archive (image-spec, config.md, "Layer DiffID").
        package init(_ descriptor: Descriptor, diffID: Digest) {
            self.descriptor = descriptor
            self.diffID = diffID
        }
    }

    /// Something in the image.
    package struct File: Sendable, Hashable {
        /// Its path is that in the image; a file's content is not part of it.
        package let entry: LayerContent.Entry
        /// Bytes of a file.
        package let size: Int64
        /// The identity of the file, which is the same for all of its names.
        let key: Key
        /// The location of its content, if that is not under the name.
        var content: Key?

        package var isFolder: Bool { if case .folder = entry.kind { true } else { false } }

        static let root = File(
            entry: .init(.root, .folder(isOpaque: false), mode: 0o755), size: 0, key: Key(layer: -1, number: 0))
    }

    /// A node of a layer.
    struct Key: Sendable, Hashable {
        let layer: Int
        let number: Int
    }

    /// The target of a path.
    private enum Found {
        case file(File)
        case link(target: [UInt8], folder: TarPath, rest: ArraySlice<[UInt8]>)
        case nothing
    }

    private static let linkLimit = 40

    /// The name of the image in error messages.
    let name: String
    let store: ContentStore
    private let source: any ImageSource
    private let layers: [Layer]
    private var listings: [Int: LayerListing] = [:]

    /// - Parameters:
    ///   - layers: The lowest first.
    ///   - source: Where they are.
    ///   - scratch: A folder that contents of files take their space from.
    ///   - name: What errors call the image.
    /// - Throws: ``ImageError`` when there is no space.
    package init(
        _ layers: [Layer], in source: any ImageSource, scratch: String, name: String
    ) throws(ImageError) {
        self.layers = layers
        self.source = source
        self.name = name
        store = try LayerFailure.explaining("cannot read the files of \(name)") { try ContentStore(in: scratch) }
    }

    // MARK: Layers

    /// A layer, which is read now if it was not.
    ///
    /// - Parameter keeping: The files whose content is kept, when it is read; `nil` for all.
    private func listing(_ number: Int, keeping: Set<TarPath>? = []) async throws -> LayerListing {
        if let known = listings[number] { return known }
        let listing = try await read(number, keeping: keeping)
        listings[number] = listing
        return listing
    }

    private func read(_ number: Int, keeping: Set<TarPath>?) async throws -> LayerListing {
        let (layer, store) = (layers[number], store)
        let type = layer.descriptor.mediaType
        guard LayerMediaType.of(type) != nil else {
            throw ImageError(
                .failed, "cannot look into \(name)", "\(layer.descriptor.digest) is a \(type), not a layer of files")
        }
        return try await BlobContent(layer.descriptor, in: source).open().pulled { source in
            try LayerListing.read(source, expecting: layer.diffID, keeping: keeping, in: store)
        }
    }

    /// Reads all layers with the contents of their files.
    func readAll() async throws {
        for number in layers.indices { _ = try await listing(number, keeping: nil) }
    }

    // MARK: Paths

    /// The target of a path, following links. Neither they nor `..` lead out of the image.
    ///
    /// - Parameter keepsContent: True to keep its content, too.
    /// - Throws: ``ImageError`` of code `notFound` when there is nothing.
    package func find(_ path: String, keepsContent: Bool = false) async throws -> File {
        let attempt = "cannot find \(path) in \(name)"
        var parts = RootedPath.names(of: Array(path.utf8))
        for _ in 0...Self.linkLimit {
            let place = TarPath(confining: Array(parts.joined(separator: [UInt8(ascii: "/")])))
            switch try await look(place, below: layers.count, followsLast: true, keeping: keepsContent ? [place] : []) {
            case .file(let file): return file
            case .nothing: throw ImageError(.notFound, attempt, "there is no such file")
            case .link(let target, let folder, let rest):
                let start = target.first == UInt8(ascii: "/") ? [] : RootedPath.names(of: folder.bytes)
                parts = start + RootedPath.names(of: target) + rest
            }
        }
        throw ImageError(.failed, attempt, "it is behind too many links")
    }

    /// Looks for a path in one layer after the other, as far down as that is needed.
    ///
    /// - Parameter top: The layers from this one on do not count.
    private func look(
        _ path: TarPath, below top: Int, followsLast: Bool, keeping: Set<TarPath> = []
    ) async throws -> Found {
        if path.isRoot { return .file(.root) }
        let parts = RootedPath.names(of: path.bytes)
        var folders = 0
        var implied: File?
        for number in (0..<top).reversed() {
            let listing = try await listing(number, keeping: keeping)
            let (step, isCovering) = listing.follow(parts, folders: &folders, followsLast: followsLast)
            switch step {
            case .goesOn: break
            case .nothing: return implied.map { .file($0) } ?? .nothing
            case .folder(let place):
                let folder = File(entry: listing.nodes[place].entry, size: 0, key: Key(layer: number, number: place))
                if !listing.nodes[place].isImplied { return .file(folder) }
                implied = implied ?? folder
            case .file(let place):
                return .file(try await file(Key(layer: number, number: place), at: path, in: listing))
            case .link(let place, let target, let rest):
                return .link(target: target, folder: listing.nodes[place].entry.path.folder ?? .root, rest: rest)
            }
            if isCovering { break }
        }
        return implied.map { .file($0) } ?? .nothing
    }

    /// The file that a name of a layer stands for; it may be a hard link to a file of a lower layer.
    private func file(_ key: Key, at path: TarPath, in listing: LayerListing) async throws -> File {
        let node = listing.nodes[key.number]
        var entry = node.entry
        entry.path = path
        guard case .hardLink(let target) = entry.kind else { return File(entry: entry, size: node.size, key: key) }
        let found = try await look(target, below: key.layer, followsLast: false)
        guard case .file(let file) = found, case .file = file.entry.kind else {
            throw ImageError(
                .verification, "cannot read \(path) of \(name)",
                "it is a hard link to \(target), which is neither in its layer nor below")
        }
        // Two layers cannot share a file, so it is one of its own.
        entry = file.entry
        entry.path = path
        return File(entry: entry, size: file.size, key: key, content: file.content ?? file.key)
    }

    /// The entries of a folder, sorted by the bytes of their names.
    ///
    /// - Parameter folder: A path of the image without links.
    package func children(of folder: TarPath) async throws -> [File] {
        let parts = RootedPath.names(of: folder.bytes)
        var folders = 0
        var found: [[UInt8]: File?] = [:]
        var implied: [TarPath] = []
        for number in layers.indices.reversed() {
            let listing = try await listing(number)
            let (step, isCovering) = listing.follow(parts, folders: &folders, followsLast: false)
            var isHere = folder.isRoot
            if case .folder = step { isHere = true }
            for name in isHere ? listing.names(in: folder) : [] where found[name] == nil {
                let path = folder.appending(name)
                guard let place = listing.number(at: path) else { continue }
                let node = listing.nodes[place]
                let isWhiteout = node.entry.kind == .whiteout
                let file = isWhiteout ? nil : try await file(Key(layer: number, number: place), at: path, in: listing)
                found[name] = .some(file)
                if node.isImplied { implied.append(path) }
            }
            if isCovering { break }
        }
        for path in implied {
            guard case .file(let folder) = try await look(path, below: layers.count, followsLast: false) else {
                continue
            }
            found[Array(path.name)] = folder
        }
        return found.values.compactMap { $0 }.sorted { $0.entry.path < $1.entry.path }
    }

    // MARK: Contents

    /// The location of a file's content. Its layer is read again if the content was skipped.
    func place(of file: File) async throws -> Int64 {
        let key = file.content ?? file.key
        if let kept = try await listing(key.layer).nodes[key.number].content { return kept }
        let member = try await listing(key.layer).nodes[key.number].member
        listings[key.layer] = try await read(key.layer, keeping: [member])
        guard let kept = try await listing(key.layer).nodes[key.number].content else {
            throw ImageError(.failed, "cannot read \(file.entry.path) of \(name)", "its layer has changed meanwhile")
        }
        return kept
    }
}
