internal import CLinux
internal import FileSystem
internal import Glibc
internal import OCI
internal import Snapshots

/// Lists the content of the build cache's folder, along with the information in its index.
struct CacheInventory {
    /// An absolute path.
    let folder: String
    let index: CacheIndex

    /// Prefixes of unfinished content. There is no work on it while the cache is locked.
    static let unfinished = (making: ".new-", removing: ".removed-")

    /// The content, sorted by kind and name.
    ///
    /// - Throws: ``ImageError``.
    func entries() throws(ImageError) -> [CacheEntry] {
        try LayerFailure.explaining("cannot look through the build cache") {
            let layers = try index.entries()
            return try self.layers(layers) + blobs(layers) + mounts() + files(.images) + files(.digests)
                + results()
        }
    }

    private func layers(_ known: [CacheIndex.Entry]) throws -> [CacheEntry] {
        let known = Dictionary(known.map { ($0.layer.hex, $0) }) { first, _ in first }
        return try list(.layers).map { name, path in
            // The layer's own name may be followed by that of its base.
            let row = known[String(name.prefix { $0 != "-" })]
            return try entry(
                .layers, name, path, size: LayerFolder.diskUsage(of: path), row.map { ($0.created, $0.used) },
                isOrphan: row == nil)
        }
    }

    private func blobs(_ layers: [CacheIndex.Entry]) throws -> [CacheEntry] {
        let layers = Dictionary(layers.map { ($0.layer, $0) }) { first, _ in first }
        var times: [String: (created: Int64, used: Int64)] = [:]
        for (layer, blob) in try index.blobs() {
            guard let row = layers[layer] else { continue }
            let others = times[blob.hex] ?? (row.created, row.used)
            times[blob.hex] = (min(others.created, row.created), max(others.used, row.used))
        }
        return try list(.blobs).map { name, path in
            try entry(.blobs, name, path, size: DiskFile(path).size, times[name], isOrphan: times[name] == nil)
        }
    }

    private func mounts() throws -> [CacheEntry] {
        var entries: [CacheEntry] = []
        for (name, path) in try list(.mounts) {
            guard try FileStatus(of: path)?.kind == .folder, !name.hasPrefix(Self.unfinished.removing) else {
                if CacheMounts.isRecord(path) { continue }
                entries.append(
                    try entry(.mounts, name, path, size: Self.size(of: path), isOrphan: true))
                continue
            }
            let leftovers = try Folder.list(path).filter { $0.contains(Self.unfinished.making) }.map { name in
                let path = "\(path)/\(name)"
                return try entry(.mounts, name, path, size: LayerFolder.diskUsage(of: path), isOrphan: true)
            }
            let record = try CacheMounts.record(of: path)
            let size = try LayerFolder.diskUsage(of: path) - leftovers.reduce(0) { $0 + $1.size }
            let times = record.map { ($0.created, $0.used) }
            entries.append(try entry(.mounts, record?.id ?? name, path, size: size, times, isOrphan: false))
            entries += leftovers
        }
        return entries
    }

    private func files(_ kind: CacheEntry.Kind) throws -> [CacheEntry] {
        try list(kind).map { name, path in
            try entry(kind, name, path, size: DiskFile(path).size, isOrphan: name.hasPrefix(Self.unfinished.making))
        }
    }

    /// The results of nodes are in an image layout.
    private func results() throws -> [CacheEntry] {
        let layout = "\(folder)/\(CacheEntry.Kind.nodes.rawValue)"
        let blobs = "\(layout)/blobs/sha256"
        guard try FileStatus(of: blobs) != nil else { return [] }
        let leftovers = try Folder.list(layout).filter { $0.hasPrefix(".imgtool-") }.map {
            ($0, "\(layout)/\($0)", true)
        }
        return try (Folder.list(blobs).map { ($0, "\(blobs)/\($0)", false) } + leftovers).map { name, path, isOrphan in
            try entry(.nodes, name, path, size: DiskFile(path).size, isOrphan: isOrphan)
        }
    }

    // MARK: Single entries

    private func list(_ kind: CacheEntry.Kind) throws(FileError) -> [(name: String, path: String)] {
        let kindFolder = "\(folder)/\(kind.rawValue)"
        guard try FileStatus(of: kindFolder) != nil else { return [] }
        return try Folder.list(kindFolder).map { ($0, "\(kindFolder)/\($0)") }
    }

    /// - Parameter times: The times in the index; otherwise the file system's.
    private func entry(
        _ kind: CacheEntry.Kind, _ name: String, _ path: String, size: Int64,
        _ times: (created: Int64, used: Int64)? = nil, isOrphan: Bool
    ) throws(FileError) -> CacheEntry {
        let created: Int64
        let used: Int64
        if let times {
            (created, used) = times
        } else {
            let file = try DiskFile(path)
            (created, used) = (file.created, file.modified)
        }
        return CacheEntry(
            kind: kind, name: name, size: size, created: created, used: used, isOrphan: isOrphan,
            path: path)
    }

    private static func size(of path: String) throws(FileError) -> Int64 {
        try FileStatus(of: path)?.kind == .folder ? LayerFolder.diskUsage(of: path) : DiskFile(path).size
    }
}

/// The disk usage and times of a file or folder.
struct DiskFile {
    /// In bytes.
    let size: Int64
    /// Seconds since 1970; the time of the last change if the file system does not record it.
    let created: Int64
    /// Seconds since 1970.
    let modified: Int64

    init(_ path: String) throws(FileError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw FileError(errno, "look at", path) }
        size = Int64(status.st_blocks) * 512
        modified = Int64(status.st_mtim.tv_sec)
        let birth = clinux_birth_time(AT_FDCWD, path) / 1_000_000_000
        created = birth > 0 ? birth : modified
    }
}

extension CacheEntry {
    /// Updates the last use of a file that the index does not record, at most once an hour.
    static func noteUse(ofFile path: String) throws(FileError) {
        guard let status = try FileStatus(of: path), status.modified < .now.before(.seconds(3600)) else { return }
        _ = try File.refresh(path)
    }
}
