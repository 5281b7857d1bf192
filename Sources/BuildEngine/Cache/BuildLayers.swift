internal import Archive
internal import Concurrency
internal import FileSystem
internal import Glibc
internal import ImageTools
internal import OCI
internal import Snapshots

/// The layers of a build in the form that is needed: files or a blob.
///
/// A layer exists in some form: as content that a step has just made, as a folder, as a blob of an earlier build, or in
/// the store of its image. Other forms are made from that, once, and only on demand.
final class BuildLayers: Sendable {
    /// The format of a blob.
    struct BlobFormat: Sendable, Hashable {
        let compression: LayerCompression
        /// The latest time for entries, in seconds since 1970.
        let epoch: Int64?

        /// The name of the format in the cache's index.
        var name: String {
            let level =
                switch compression {
                case .none: ""
                case .gzip(let level), .zstd(let level): "-\(level)"
                }
            // The last number is the version of the rules for writing times.
            return compression.name + level + (epoch.map { "@\($0)/2" } ?? "")
        }
    }

    /// A layer as a blob.
    struct Blob: Sendable, Hashable {
        let diffID: Digest
        let descriptor: Descriptor
    }

    private static let parallelDownloads = 4

    let workspace: Workspace
    private let images: ImageLibrary
    private let transfers: any TransferObserver
    private let observer: any LayerObserver
    private let contents = Guarded<[Digest: LayerContent]>([:])
    private let makers = Guarded<[Digest: Int]>([:])
    private let folders = SingleFlight<String, String>()
    private let blobs = SingleFlight<String, Blob>()
    private let downloads = AsyncLimiter(limit: parallelDownloads)

    init(
        _ workspace: Workspace, images: ImageLibrary, observer: any LayerObserver, transfers: any TransferObserver
    ) {
        self.workspace = workspace
        self.images = images
        self.observer = observer
        self.transfers = transfers
    }

    /// Records the step that made a layer, for observers; only the first one counts.
    func note(_ layer: Digest?, of step: Int) {
        guard let layer else { return }
        makers.withLock { $0[layer] = $0[layer] ?? step }
    }

    /// Reports work on a layer to observers.
    private func shown<Result: Sendable>(
        _ work: (Int) -> LayerWork, _ layer: Snapshot.Layer, _ content: LayerContent,
        _ operation: ((any TransferTicket)?) async throws -> Result
    ) async throws -> Result {
        let maker = makers.withLock { $0[layer.id] }
        return try await observer.showing(maker.map(work), of: content, operation)
    }

    /// Keeps the content that a step has made until another form is needed.
    func keep(_ content: LayerContent, as layer: Digest) {
        contents.withLock { $0[layer] = $0[layer] ?? content }
    }

    /// Returns true if a layer that was made once is still available.
    func exists(_ layer: Digest) throws(ImageError) -> Bool {
        if contents.withLock({ $0[layer] != nil }) { return true }
        if try workspace.layers.folder(for: layer) != nil { return true }
        return try workspace.index.blobs(of: layer).contains(where: isThere)
    }

    /// The layers at the top of a snapshot that steps have just made, the topmost first, and the snapshot below them.
    func contents(on snapshot: Snapshot) -> (contents: [LayerContent], below: Snapshot) {
        let contents = contents.withLock { contents in
            var found: [LayerContent] = []
            for layer in snapshot.descending {
                guard let content = contents[layer.id] else { break }
                found.append(content)
            }
            return found
        }
        return (contents, snapshot.without(top: contents.count))
    }

    // MARK: Files

    /// The folders of a snapshot's layers, the lowest first.
    ///
    /// Missing layers are fetched concurrently. Since a layer that leads through folders without entries depends on the
    /// layers below, folders are looked up from the bottom.
    func folders(of snapshot: Snapshot) async throws -> [String] {
        if let folders = try existingFolders(of: snapshot) { return folders }
        _ = try await snapshot.layers.concurrentMap { layer in
            if layer.origin != nil { _ = try await self.folder(of: layer, over: []) }
        }
        var folders: [String] = []
        for layer in snapshot.layers { folders.append(try await folder(of: layer, over: folders)) }
        return folders
    }

    /// The folders, provided that all of them exist.
    func existingFolders(of snapshot: Snapshot) throws(ImageError) -> [String]? {
        var folders: [String] = []
        for layer in snapshot.layers {
            guard let folder = try existingFolder(of: layer, over: folders) else { return nil }
            folders.append(folder)
        }
        return folders
    }

    /// For each of a snapshot's layers, the times that count as content, the lowest first.
    func times(of snapshot: Snapshot) throws(ImageError) -> [LayerTimes] {
        try snapshot.layers.map { layer throws(ImageError) in
            // All times in an image count as content.
            try layer.origin == nil ? workspace.index.times(of: layer.id) : .allContent
        }
    }

    /// A layer as a folder in overlayfs's format.
    func folder(of layer: Snapshot.Layer, over lower: [String]) async throws -> String {
        if let folder = try existingFolder(of: layer, over: lower) { return folder }
        let below = Digest(of: Array(lower.joined(separator: " ").utf8))
        let key = "\(layer.id) \(below)"
        return try await folders.value(for: key) { try await self.makeFolder(of: layer, over: lower) }
    }

    private func existingFolder(of layer: Snapshot.Layer, over lower: [String]) throws(ImageError) -> String? {
        guard let folder = try workspace.layers.folder(for: layer.id, over: lower) else { return nil }
        workspace.index.noteUse(of: layer.id)
        return folder
    }

    private func makeFolder(of layer: Snapshot.Layer, over lower: [String]) async throws -> String {
        let store = workspace.layers
        // Folders unknown to the index would be removed. For an image's layer, nothing else records its use.
        _ = try workspace.index.recordLayer(layer.id, times: nil, now: Clock.seconds)
        if let content = contents.withLock({ $0[layer.id] }) {
            return try await shown(LayerWork.writing, layer, content) { _ in
                try await OwnThread.run { try store.add(content, as: layer.id, over: lower) }
            }
        }
        if let blob = try workspace.index.blobs(of: layer.id).first(where: isThere) {
            // The cache's name for the layer differs from its diff ID.
            let stream = FileStream(try OpenFile(path(of: blob.digest), for: .reading))
            return try await stream.pulled { try store.unpack($0, as: layer.id, expecting: blob.diffID, over: lower) }
        }
        guard let origin = layer.origin else {
            throw ImageError(
                .failed, "cannot use the layer \(layer.id) of the build cache", "it is gone",
                advice: "build again; another process may have pruned the cache meanwhile")
        }
        return try await downloads.run {
            let ticket = transfers.begin(origin.descriptor, .layer, to: "the build cache")
            do {
                let content = try await images.blob(origin) { ticket.advance(by: $0) }
                let stream = try await content.open()
                let folder = try await stream.pulled {
                    try store.unpack($0, as: layer.id, expecting: layer.id, over: lower)
                }
                ticket.end(.success(.written))
                return folder
            } catch {
                ticket.end(.failure(error))
                throw error
            }
        }
    }

    // MARK: Blobs

    /// A layer as a blob: that of its image, or else one that is made.
    func blob(of layer: Snapshot.Layer, _ form: BlobFormat) async throws -> Blob {
        if let origin = layer.origin { return Blob(diffID: layer.id, descriptor: origin.descriptor) }
        return try await blobs.value(for: "\(layer.id) \(form.name)") { try await self.makeBlob(of: layer, form) }
    }

    private func makeBlob(of layer: Snapshot.Layer, _ form: BlobFormat) async throws -> Blob {
        if let known = try workspace.index.blob(of: layer.id, form: form.name), isThere(known) {
            let type = form.compression.mediaType
            return Blob(
                diffID: known.diffID, descriptor: Descriptor(mediaType: type, digest: known.digest, size: known.size))
        }
        let content = try await content(of: layer)
        let packed = try await shown(LayerWork.packing, layer, content) { ticket in
            try await self.pack(content, form, ticket)
        }
        let record = CacheIndex.BlobRecord(
            diffID: packed.diffID, digest: packed.descriptor.digest, size: packed.descriptor.size)
        try workspace.index.record(record, of: layer.id, form: form.name)
        return Blob(diffID: packed.diffID, descriptor: packed.descriptor)
    }

    private func pack(
        _ content: LayerContent, _ form: BlobFormat, _ ticket: (any TransferTicket)?
    ) async throws -> PackedLayer {
        let workspace = workspace
        return try await OwnThread.runUntilCancelled { check in
            let temporary = try workspace.layers.newFolder() + "/blob"
            let packed = try LayerPacking.pack(
                content, to: temporary, compression: form.compression, epoch: form.epoch
            ) { count in
                try check()
                ticket?.advance(by: count)
            }
            try File.rename(temporary, to: workspace.blob(packed.descriptor.digest))
            return packed
        }
    }

    /// The content of a layer, for reading all of it.
    private func content(of layer: Snapshot.Layer) async throws -> LayerContent {
        if let content = contents.withLock({ $0[layer.id] }) { return content }
        let folder = try await folder(of: layer, over: [])
        return try await OwnThread.run { try LayerContent(upper: folder) }
    }

    /// Opens a blob returned by ``blob(of:_:)``.
    func open(_ descriptor: Descriptor, from offset: Int64) throws(ImageError) -> any ByteStream {
        do {
            return FileStream(try OpenFile(path(of: descriptor.digest), for: .reading), from: offset)
        } catch {
            throw ImageError(.failed, "cannot read the layer \(descriptor.digest) of the build cache", error.reason)
        }
    }

    /// Removes blobs whose files do not match their digests, so that they are made anew on demand.
    ///
    /// - Returns: True if there were any.
    func removeDamagedBlobs(of layers: [Snapshot.Layer], with digests: FileDigests) throws -> Bool {
        var isAny = false
        for layer in layers {
            for record in try workspace.index.blobs(of: layer.id) {
                let path = path(of: record.digest)
                guard access(path, F_OK) == 0,
                    try digests.digest(of: path) != ContentHash(record.digest)
                else { continue }
                isAny = try File.remove(path) || isAny
            }
        }
        return isAny
    }

    private func path(of digest: Digest) -> String { workspace.blob(digest) }

    /// Returns true if the file has the recorded size. A power failure may have truncated it.
    private func isThere(_ record: CacheIndex.BlobRecord) -> Bool {
        (try? FileStatus(of: path(of: record.digest)))?.size == record.size
    }
}
