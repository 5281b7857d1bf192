internal import Archive
internal import Concurrency
internal import FileSystem
internal import Glibc
internal import ImageTools
internal import OCI
internal import Snapshots

/// The layers of a build in the forms that they are asked for: as files, or as a blob.
///
/// A layer is there in some form: as the content that a step has made, as a folder, as a blob of an earlier build, or
/// in the place that its image is in. The other forms are made from that one, each once, and only when somebody asks.
final class BuildLayers: Sendable {
    /// How layers become blobs.
    struct BlobFormat: Sendable, Hashable {
        let compression: LayerCompression
        /// No time stamp is later; seconds since 1970.
        let epoch: Int64?

        /// The form as the index of the cache has it.
        var name: String {
            let level =
                switch compression {
                case .none: ""
                case .gzip(let level), .zstd(let level): "-\(level)"
                }
            // The last number changes with the rules of how times are written.
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

    /// Remembers which step has made a layer, for those who watch; the first one that did.
    func note(_ layer: Digest?, of step: Int) {
        guard let layer else { return }
        makers.withLock { $0[layer] = $0[layer] ?? step }
    }

    /// Shows work on a layer while it lasts.
    private func shown<Result: Sendable>(
        _ work: (Int) -> LayerWork, _ layer: Snapshot.Layer, _ content: LayerContent,
        _ operation: ((any TransferTicket)?) async throws -> Result
    ) async throws -> Result {
        let maker = makers.withLock { $0[layer.id] }
        return try await observer.showing(maker.map(work), of: content, operation)
    }

    /// Keeps the content that a step has made, until some other form of it is asked for.
    func keep(_ content: LayerContent, as layer: Digest) {
        contents.withLock { $0[layer] = $0[layer] ?? content }
    }

    /// Whether a layer that was made once can still be had.
    func exists(_ layer: Digest) throws(ImageError) -> Bool {
        if contents.withLock({ $0[layer] != nil }) { return true }
        if try workspace.layers.folder(for: layer) != nil { return true }
        return try workspace.index.blobs(of: layer).contains(where: isThere)
    }

    /// The layers on top of a snapshot that steps have made just now, the topmost first, and the snapshot below them.
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
    /// What has to be fetched is fetched at once. A layer that leads through folders which it says nothing about depends
    /// on the layers below it, so that the folders are looked for from below.
    func folders(of snapshot: Snapshot) async throws -> [String] {
        if let folders = try existingFolders(of: snapshot) { return folders }
        _ = try await snapshot.layers.concurrentMap { layer in
            if layer.origin != nil { _ = try await self.folder(of: layer, over: []) }
        }
        var folders: [String] = []
        for layer in snapshot.layers { folders.append(try await folder(of: layer, over: folders)) }
        return folders
    }

    /// The same, unless something would have to be made first.
    func existingFolders(of snapshot: Snapshot) throws(ImageError) -> [String]? {
        var folders: [String] = []
        for layer in snapshot.layers {
            guard let folder = try existingFolder(of: layer, over: folders) else { return nil }
            folders.append(folder)
        }
        return folders
    }

    /// Which times of a snapshot's layers are content, the lowest first.
    func times(of snapshot: Snapshot) throws(ImageError) -> [LayerTimes] {
        try snapshot.layers.map { layer throws(ImageError) in
            // All that an image has is its author's.
            try layer.origin == nil ? workspace.index.times(of: layer.id) : .allContent
        }
    }

    /// A layer as a folder in the form of overlayfs.
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
        // A folder that the index does not know is nobody's. Of an image's layer nothing else tells that it is used.
        _ = try workspace.index.recordLayer(layer.id, times: nil, now: Clock.seconds)
        if let content = contents.withLock({ $0[layer.id] }) {
            return try await shown(LayerWork.writing, layer, content) { _ in
                try await OwnThread.run { try store.add(content, as: layer.id, over: lower) }
            }
        }
        if let blob = try workspace.index.blobs(of: layer.id).first(where: isThere) {
            // The blob has another name for the layer than the cache.
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

    /// A layer as a blob: that of the image it is from, else one that is made.
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

    /// What a layer consists of, for those who read all of it.
    private func content(of layer: Snapshot.Layer) async throws -> LayerContent {
        if let content = contents.withLock({ $0[layer.id] }) { return content }
        let folder = try await folder(of: layer, over: [])
        return try await OwnThread.run { try LayerContent(upper: folder) }
    }

    /// The bytes of a blob that ``blob(of:_:)`` has named.
    func open(_ descriptor: Descriptor, from offset: Int64) throws(ImageError) -> any ByteStream {
        do {
            return FileStream(try OpenFile(path(of: descriptor.digest), for: .reading), from: offset)
        } catch {
            throw ImageError(.failed, "cannot read the layer \(descriptor.digest) of the build cache", error.reason)
        }
    }

    /// Removes the blobs of layers whose files are not what their digests say, so that they are made anew when they are
    /// asked for again.
    ///
    /// - Returns: Whether there were any.
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

    /// A file that a power failure has cut short is not what the record is of.
    private func isThere(_ record: CacheIndex.BlobRecord) -> Bool {
        (try? FileStatus(of: path(of: record.digest)))?.size == record.size
    }
}
