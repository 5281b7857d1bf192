internal import FileSystem
internal import Glibc
internal import OCI
internal import Snapshots

/// Removes unneeded content from the build cache.
///
/// Content in use is never removed: this waits for running builds to end, and new builds wait for this.
package struct CacheCleaning: Sendable {
    /// The content to remove. Content that builds cannot find any more is always removed.
    package struct Rule: Sendable, Hashable {
        /// Remove only content not used since then, in seconds since 1970.
        package var unusedSince: Int64?
        /// Remove only until the total size of the kinds is at most this, in bytes.
        package var keptSize: Int64?
        package var kinds = Set(CacheEntry.Kind.allCases)

        /// Everything.
        package init() {}
    }

    package struct Outcome: Sendable, Hashable {
        /// In the order of removal.
        package let removed: [CacheEntry]
        package let left: [CacheEntry]
        /// True if the index was damaged and has been recreated.
        package let mendsIndex: Bool
    }

    private let folder: String
    private let rule: Rule

    /// - Parameter folder: The folder of the workspace: an absolute path, which need not exist.
    package init(_ rule: Rule, in folder: String) {
        self.folder = folder
        self.rule = rule
    }

    /// Removes content.
    ///
    /// - Parameters:
    ///   - isDryRun: True to only report what would be removed.
    ///   - notice: Called before waiting for builds.
    /// - Throws: ``ImageError``; `CancellationError`.
    package func run(isDryRun: Bool = false, waiting notice: () -> Void = {}) async throws -> Outcome {
        guard access(folder, F_OK) == 0 else { return Outcome(removed: [], left: [], mendsIndex: false) }
        let lock = try await Workspace.lock(folder, .exclusive, waiting: notice)
        defer { lock.release() }
        return try LayerFailure.explaining("cannot clean up the build cache") {
            // Remove leftovers of killed builds first: a full device may have no space for opening the index.
            if !isDryRun, try FileStatus(of: "\(folder)/tmp") != nil {
                try ScratchFolder.removeLeftovers(in: "\(folder)/tmp")
            }
            let path = "\(folder)/cache.db"
            let mendsIndex = try !isDryRun && Database.removeIfDamaged(path)
            let index = try CacheIndex(path, isAlone: true)
            let all = try CacheInventory(folder: folder, index: index).entries()
            let removed = chosen(of: all)
            if !isDryRun {
                for entry in removed { try remove(entry) }
                try forget(removed, in: index)
            }
            let names = Set(removed)
            return Outcome(removed: removed, left: all.filter { !names.contains($0) }, mendsIndex: mendsIndex)
        }
    }

    private func chosen(of all: [CacheEntry]) -> [CacheEntry] {
        let candidates = all.filter { rule.kinds.contains($0.kind) }
        var chosen = candidates.filter(\.isOrphan)
        let others = candidates.filter { !$0.isOrphan }.sorted(by: CacheEntry.isLessNeeded)
        var left = others.reduce(0) { $0 + $1.size }
        for entry in others {
            if let size = rule.keptSize, left <= size { break }
            if let time = rule.unusedSince, entry.used >= time { break }
            chosen.append(entry)
            left -= entry.size
        }
        return chosen
    }

    // MARK: Removing

    private func remove(_ entry: CacheEntry) throws(FileError) {
        switch entry.kind {
        case .mounts where !entry.isOrphan: try CacheMounts.remove(entry.path)
        case .layers, .mounts:
            if try FileStatus(of: entry.path)?.kind == .folder {
                try Self.removeFolder(entry.path)
            } else {
                try File.remove(entry.path)
            }
        case .blobs, .images, .digests, .nodes: try File.remove(entry.path)
        }
    }

    /// Removes a folder, so that it is never incomplete under its name.
    static func removeFolder(_ path: String) throws(FileError) {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        var grave = path
        if !name.hasPrefix(CacheInventory.unfinished.removing) {
            grave = "\(Folder.containing(path))/\(CacheInventory.unfinished.removing)\(name)"
            // Left by a cleanup that was killed.
            try TreeRemoval.remove(grave)
            try File.rename(path, to: grave)
        }
        try TreeRemoval.remove(grave)
    }

    /// Removes rows of the index, after the files, since a full device may have no space for changes. Builds check the
    /// files first.
    private func forget(_ removed: [CacheEntry], in index: CacheIndex) throws {
        if rule == Rule() { return try index.forgetAll() }
        let names = Set(removed.map(\.name))
        let folders = Set(try Folder.list("\(folder)/layers").map { String($0.prefix { $0 != "-" }) })
        var blobs: [Digest] = []
        var layers = Set(
            try index.entries().filter { !folders.contains($0.layer.hex) && isForgotten($0, names) }.map(\.layer))
        for (layer, blob) in try index.blobs() {
            if access("\(folder)/blobs/\(blob.hex)", F_OK) == 0 { layers.remove(layer) } else { blobs.append(blob) }
        }
        let time = rule.kinds.contains(.layers) && rule.keptSize == nil ? rule.unusedSince : nil
        try index.forget(blobs: blobs, layers: Array(layers), stepsUnusedSince: time)
    }

    /// Returns true if the row of a layer can be removed along with its last file. A layer never needed as files has
    /// only the row, which records its age.
    private func isForgotten(_ layer: CacheIndex.Entry, _ removed: Set<String>) -> Bool {
        removed.contains(layer.layer.hex) || (rule.unusedSince.map { layer.used < $0 } ?? false)
    }
}

extension CacheEntry {
    /// All content of the build cache.
    ///
    /// - Parameters:
    ///   - folder: The folder of the workspace: an absolute path, which need not exist.
    ///   - notice: Called before waiting for a cleanup.
    /// - Returns: The content, sorted by kind and name.
    /// - Throws: ``ImageError``; `CancellationError`.
    package static func all(in folder: String, waiting notice: () -> Void = {}) async throws -> [CacheEntry] {
        guard access(folder, F_OK) == 0 else { return [] }
        let lock = try await Workspace.lock(folder, .shared, waiting: notice)
        defer { lock.release() }
        return try CacheInventory(folder: folder, index: CacheIndex("\(folder)/cache.db")).entries()
    }
}
