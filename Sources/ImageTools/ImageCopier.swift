internal import Concurrency
package import OCI

/// Copies images to one destination: all blobs and manifests once, children before parents.
package final class ImageCopier: Sendable {
    private static let parallelBlobs = 6
    private static let parallelManifests = 16

    private let destination: any ImageDestination
    private let observer: any TransferObserver
    private let cache: ImageCache
    private let shared: SharedTransfers?
    private let blobs = SingleFlight<Digest, BlobPlacement>()
    private let manifests = SingleFlight<Digest, Bool>()
    private let turns = ManifestTurns()
    private let blobLimit = AsyncLimiter(limit: parallelBlobs)
    private let manifestLimit = AsyncLimiter(limit: parallelManifests)

    /// - Parameters:
    ///   - cache: Content read in this run; more is added.
    ///   - shared: The transfers to share with the copiers to other destinations of the same images.
    package init(
        to destination: any ImageDestination, observer: any TransferObserver, cache: ImageCache,
        sharing shared: SharedTransfers? = nil
    ) {
        self.destination = destination
        self.observer = observer
        self.cache = cache
        self.shared = shared
    }

    /// Copies a manifest or index and everything below it, unless it exists.
    ///
    /// - Parameters:
    ///   - content: The manifest.
    ///   - naming: The way to refer to it at the destination.
    package func copy(
        _ content: ManifestContent, from source: any ImageSource, as naming: ManifestNaming
    ) async throws {
        try destination.checkFit(of: content)
        if try await !isHeld(content, as: naming) { try await copyMissing(content, from: source, as: naming) }
    }

    /// Copies a manifest or index and everything below it, and sets its tag.
    func copyMissing(_ content: ManifestContent, from source: any ImageSource, as naming: ManifestNaming) async throws {
        if try await !isThere(content.descriptor) { try await copyContents(of: content, from: source) }
        try await put(content, as: naming)
    }

    /// Copies an entry of an index and everything below it, unless it exists.
    package func copy(entry: Descriptor, from source: any ImageSource) async throws {
        _ = try await manifests.value(for: entry.digest) {
            try await self.copyEntry(entry, from: source)
            return true
        }
    }

    /// Copies several entries concurrently.
    package func copy(entries: [(Descriptor, any ImageSource)]) async throws {
        if keepsOrder {
            for (entry, source) in entries { try await copy(entry: entry, from: source) }
            return
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (entry, source) in entries {
                group.addTask { try await self.copy(entry: entry, from: source) }
            }
            try await group.waitForAll()
        }
    }

    private func copyEntry(_ entry: Descriptor, from source: any ImageSource) async throws {
        guard MediaType.isManifest(entry.mediaType) else {
            // An index may list content other than images and indexes, which is copied as a blob.
            return try await copy(blob: entry, .blob, from: source)
        }
        if try await isThere(entry) { return }
        let content = try await manifestLimit.run { try await cache.manifest(of: entry, from: source) }
        guard content.descriptor.size == entry.size else {
            throw ImageError(
                .verification, "cannot copy the manifest \(entry.digest) of \(source.name)",
                "it has \(content.descriptor.size) bytes, but the index says \(entry.size)")
        }
        try await copyContents(of: content, from: source)
        try await write(content, as: .child)
    }

    /// Copies the manifest or index of a tag with everything below it to the same tag, unless the tag has it already.
    ///
    /// - Returns: The digest of the tag, and true if anything was written.
    @discardableResult
    package func copy(tag: String, from source: any ImageSource) async throws -> (digest: Digest, isNew: Bool) {
        let found = try await source.resolve(.tag(tag))
        if try await holds(found, as: tag) { return (found.digest, false) }
        let content = try await source.manifest(.digest(found.digest))
        try destination.checkFit(of: content)
        if try await !isThere(content.descriptor) { try await copyContents(of: content, from: source) }
        try await put(content, as: .tag(tag))
        return (content.digest, true)
    }

    /// The digests that the destination lists as referrers of a manifest, which need not be written again.
    func listedReferrers(of subject: Digest) async throws -> Set<Digest> {
        do {
            guard let destination = destination as? any PresenceChecking else { return [] }
            return try await manifestLimit.run { try await destination.listedReferrers(of: subject) }
        } catch let error as ImageError where error.code == .notFound || error.code == .denied {
            return []
        }
    }

    /// True if content must be written sequentially.
    var keepsOrder: Bool { destination is any StreamDestination }

    /// Returns true if a tag of the destination is known to have a manifest.
    private func holds(_ manifest: Descriptor, as tag: String) async throws -> Bool {
        guard let destination = destination as? any PresenceChecking else { return false }
        return try await manifestLimit.run { try await destination.holds(manifest, as: tag) }
    }

    /// Returns true if the destination has a manifest, and thus everything below it.
    func isThere(_ descriptor: Descriptor) async throws -> Bool {
        do {
            return try await manifestLimit.run {
                try await destination.resolve(.digest(descriptor.digest)).size == descriptor.size
            }
        } catch let error as ImageError where error.code == .notFound || error.code == .denied {
            // Some registries deny access to repositories that do not exist yet, instead of reporting them as missing.
            return false
        }
    }

    /// Copies everything that a manifest or index refers to.
    func copyContents(of content: ManifestContent, from source: any ImageSource) async throws {
        if content.isIndex {
            return try await copy(entries: content.index().manifests.map { ($0, source) })
        }
        let (config, others) = try content.blobs()
        let isImage = config != nil
        let blobs: [(Descriptor, TransferKind)] =
            [config].compactMap { $0 }.map { ($0, .config) } + others.map { ($0, isImage ? .layer : .blob) }
        if keepsOrder {
            for (blob, kind) in blobs { try await copy(blob: blob, kind, from: source) }
            return
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (blob, kind) in blobs { group.addTask { try await self.copy(blob: blob, kind, from: source) } }
            try await group.waitForAll()
        }
    }

    private func copy(blob: Descriptor, _ kind: TransferKind, from source: any ImageSource) async throws {
        let content =
            (cache.bytes(of: blob.digest) ?? blob.embeddedContent)
            .map { BlobContent(blob, bytes: $0, of: source.name) } ?? BlobContent(blob, in: source)
        let origin = (source as? any ImageComposite)?.origin(of: blob) ?? source
        try await copy(NewBlob(content, kind, from: origin))
    }

    /// Copies a blob, unless it exists.
    package func copy(_ blob: NewBlob) async throws {
        let descriptor = blob.content.descriptor
        _ = try await blobs.value(for: descriptor.digest) {
            if let shared = self.shared, !self.keepsOrder {
                try await shared.copy(blob, to: self.destination.name, observer: self.observer)
                return .written
            }
            return try await self.blobLimit.run { try await blob.put(into: self.destination, self.observer) }
        }
    }

    /// Writes a manifest or index whose content exists already, unless the tag has it: registries with immutable tags
    /// refuse to write the same tag again.
    package func write(_ content: ManifestContent, as naming: ManifestNaming) async throws {
        if try await !isHeld(content, as: naming) { try await put(content, as: naming) }
    }

    /// Returns true, with a note, if a tag has the manifest already.
    func isHeld(_ content: ManifestContent, as naming: ManifestNaming) async throws -> Bool {
        guard case .tag(let tag) = naming,
            try await holds(content.descriptor, as: tag)
        else { return false }
        // An earlier run may have been interrupted before it listed the manifest among the referrers of its subject.
        if let subject = content.subject {
            guard try await listedReferrers(of: subject.digest).contains(content.digest) else { return false }
        }
        observer.note("\(destination.name):\(tag)@\(content.digest) is already there")
        return true
    }

    /// Writes a manifest or index whose content exists already, unconditionally; but not as a child that has been
    /// written under a tag meanwhile.
    func put(_ content: ManifestContent, as naming: ManifestNaming) async throws {
        try await turns.run(content) {
            if naming == .child, turns.hasWritten(content) { return }
            try await send(content, as: naming)
        }
    }

    private func send(_ content: ManifestContent, as naming: ManifestNaming) async throws {
        let ticket = observer.begin(content.descriptor, .manifest, to: destination.name)
        do {
            try await manifestLimit.run { try await destination.put(content, as: naming) }
            ticket.end(.success(.written))
        } catch {
            ticket.end(.failure(error))
            throw error
        }
    }
}
