internal import FileSystem
package import OCI

/// The result of a garbage collection, or of its dry run.
package struct StoreCollection: Sendable {
    /// The removed blobs with their sizes in bytes, in the order of removal.
    package fileprivate(set) var blobs: [(digest: Digest, size: Int64)] = []
    /// Referrers without a name whose subjects are gone.
    package fileprivate(set) var referrers: [Digest] = []
    /// The leftovers of killed processes, with their sizes in bytes.
    package fileprivate(set) var leftovers: [(name: String, size: Int64)] = []
    /// The number of unreferenced blobs still within the grace period.
    package fileprivate(set) var young = 0

    package var size: Int64 { (blobs.map(\.size) + leftovers.map(\.size)).cappedSum }
}

extension LocalStore {
    /// Removes unreferenced content.
    ///
    /// Named images stay with everything below them; images without a name stay as well unless their subject is
    /// missing. Blobs within the grace period stay, and everything below a manifest within it, because another process
    /// may be about to refer to it. Manifests are removed before their content, so existing manifests are always
    /// complete, even if this process is killed.
    ///
    /// - Parameter isDryRun: True to remove nothing.
    /// - Throws: ``ImageError`` if a damaged manifest makes it impossible to tell what is needed.
    package func collect(olderThan grace: Duration, isDryRun: Bool = false) async throws -> StoreCollection {
        guard try index() != nil else { return StoreCollection() }
        // File times have a limited resolution; after this pause, everything written earlier is older than now.
        try await Task.sleep(for: .milliseconds(20))
        let attempt = "cannot collect garbage in the local store \(path)"
        return try await layout.withFolderLock(attempt) { folder throws(ImageError) in
            var collector = Collector(self, in: folder, limit: .now.before(grace), isDryRun: isDryRun)
            do throws(ImageError) {
                return try collector.run()
            } catch {
                throw ImageError(
                    error.code, attempt, error.description,
                    advice: error.advice ?? "imgtool store check names all damage")
            }
        }
    }
}

/// A collection in progress, while no other process changes `index.json`.
private struct Collector {
    let layout: LayoutStore
    let folder: OpenFolder
    let limit: FileTime
    let isDryRun: Bool
    var needed: LayoutTree
    var result = StoreCollection()

    init(_ store: LocalStore, in folder: OpenFolder, limit: FileTime, isDryRun: Bool) {
        layout = store.layout
        self.folder = folder
        self.limit = limit
        self.isDryRun = isDryRun
        needed = LayoutTree(in: store.layout)
    }

    mutating func run() throws(ImageError) -> StoreCollection {
        try collectReferrers()
        let unneeded = try layout.blobFiles().filter { !needed.met.contains($0.digest) }
        let (manifests, others) = try sorted(unneeded)
        for manifest in manifests where !needed.met.contains(manifest.digest) {
            // If it was refreshed in the meantime, another process relies on everything below it.
            if try !remove(manifest.digest, manifest.size) { try need([manifest]) }
        }
        for (digest, size) in others where !needed.met.contains(digest) { _ = try remove(digest, size) }
        result.young = unneeded.count - result.blobs.count
        try collectLeftovers()
        return result
    }

    /// Marks content that is needed, and removes unneeded entries from `index.json`.
    private mutating func collectReferrers() throws(ImageError) {
        let index = try layout.readIndex()
        var waiting: [(entry: Descriptor, subject: Digest)] = []
        var roots: [Descriptor] = []
        for entry in index.entries {
            let view = entry.givenName == nil ? try? layout.view(of: entry.descriptor) : nil
            if let subject = view?.subject {
                waiting.append((entry.descriptor, subject.digest))
            } else {
                roots.append(entry.descriptor)
            }
        }
        try need(roots)
        var isMarking = true
        while isMarking {
            let wanted = waiting.filter { needed.met.contains($0.subject) }
            waiting.removeAll { needed.met.contains($0.subject) }
            isMarking = !wanted.isEmpty
            try need(wanted.map(\.entry))
        }
        var gone: Set<Digest> = []
        for (entry, _) in waiting where try isOld(entry.digest) { gone.insert(entry.digest) }
        try need(waiting.map(\.entry).filter { !gone.contains($0.digest) })
        try forget(gone)
    }

    private mutating func forget(_ referrers: Set<Digest>) throws(ImageError) {
        guard !referrers.isEmpty else { return }
        result.referrers = referrers.sorted { $0.description < $1.description }
        if isDryRun { return }
        var index = try layout.readIndex()
        _ = index.remove { $0.givenName == nil && referrers.contains($0.descriptor.digest) }
        try attempting("cannot write \(layout.indexPath)") { () throws(FileError) in
            try layout.replace(LayoutStore.indexName, in: folder, with: index.bytes)
        }
    }

    /// Marks manifests and everything below them.
    private mutating func need(_ manifests: [Descriptor]) throws(ImageError) {
        try needed.add(manifests)
        // The content of a manifest with the wrong size is unknown.
        for missing in needed.missing where MediaType.isManifest(missing.mediaType) {
            let path = layout.blobPath(missing.digest)
            let status = try attempting("cannot read \(path)") { () throws(FileError) in try FileStatus(of: path) }
            guard let size = status?.size else { continue }
            throw ImageError(
                .verification, "cannot use the manifest \(missing.digest)",
                "it has \(size) bytes instead of \(missing.size)")
        }
    }

    /// Unneeded content: old manifests, parents first, and other blobs. Marks manifests within the grace period as
    /// needed.
    private mutating func sorted(
        _ unneeded: [(digest: Digest, status: FileStatus)]
    ) throws(ImageError) -> (manifests: [Descriptor], others: [(Digest, Int64)]) {
        var manifests: [Descriptor] = []
        var others: [(Digest, Int64)] = []
        for (digest, status) in unneeded {
            guard let manifest = layout.manifest(in: digest, status) else {
                others.append((digest, status.size))
                continue
            }
            if status.modified < limit { manifests.append(manifest) } else { try need([manifest]) }
        }
        return (manifests.sorted { height(of: $0) > height(of: $1) }, others)
    }

    /// The number of nested levels of manifests.
    private func height(of manifest: Descriptor) -> Int {
        let children = (try? layout.view(of: manifest))?.children ?? []
        return 1 + (children.filter { MediaType.isManifest($0.mediaType) }.map(height).max() ?? 0)
    }

    private func isOld(_ digest: Digest) throws(ImageError) -> Bool {
        let path = layout.blobPath(digest)
        let status = try attempting("cannot look at \(path)") { () throws(FileError) in try FileStatus(of: path) }
        return status.map { $0.modified < limit } ?? true
    }

    /// - Returns: True if the blob was removed.
    private mutating func remove(_ digest: Digest, _ size: Int64) throws(ImageError) -> Bool {
        let path = layout.blobPath(digest)
        let (limit, isDryRun) = (limit, isDryRun)
        let isGone = try attempting("cannot remove \(path)") { () throws(FileError) in
            if isDryRun { return try FileStatus(of: path).map { $0.modified < limit } ?? false }
            return try File.remove(path, ifOlderThan: limit)
        }
        if isGone { result.blobs.append((digest, size)) }
        return isGone
    }

    private mutating func collectLeftovers() throws(ImageError) {
        for (name, status) in try layout.leftovers() where status.modified < limit {
            let path = "\(layout.path)/\(name)"
            let (limit, isDryRun) = (limit, isDryRun)
            let isGone = try attempting("cannot remove \(path)") { () throws(FileError) in
                if isDryRun { return true }
                return try File.remove(path, ifOlderThan: limit)
            }
            if isGone { result.leftovers.append((name, status.size)) }
        }
    }
}
