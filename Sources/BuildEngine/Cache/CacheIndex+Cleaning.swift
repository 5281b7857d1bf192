internal import OCI

/// Queries for listing and removing cached content.
extension CacheIndex {
    /// A layer that the cache knows.
    struct Entry: Sendable, Hashable {
        let layer: Digest
        /// Seconds since 1970.
        let created: Int64
        let used: Int64
    }

    /// Every layer.
    func entries() throws(ImageError) -> [Entry] {
        var entries: [Entry] = []
        for row in try database.query("SELECT id, created, used FROM layers") {
            guard let layer = try row[0].digest else { continue }
            entries.append(Entry(layer: layer, created: row[1].integer ?? 0, used: row[2].integer ?? 0))
        }
        return entries
    }

    /// All blobs, with their layers.
    func blobs() throws(ImageError) -> [(layer: Digest, blob: Digest)] {
        var blobs: [(layer: Digest, blob: Digest)] = []
        for row in try database.query("SELECT layer, digest FROM blobs") {
            if let layer = try row[0].digest, let blob = try row[1].digest { blobs.append((layer, blob)) }
        }
        return blobs
    }

    /// Removes blobs, layers, the steps that made those, and steps that made nothing.
    ///
    /// - Parameter time: The time since which the steps have not been used, in seconds since 1970.
    func forget(blobs: [Digest], layers: [Digest], stepsUnusedSince time: Int64?) throws(ImageError) {
        try database.transaction { connection throws(ImageError) in
            for blob in blobs {
                try connection.execute("DELETE FROM blobs WHERE digest = ?", [.text(blob.description)])
            }
            for layer in layers {
                try connection.execute("DELETE FROM steps WHERE layer = ?", [.text(layer.description)])
                try connection.execute("DELETE FROM blobs WHERE layer = ?", [.text(layer.description)])
                try connection.execute("DELETE FROM layers WHERE id = ?", [.text(layer.description)])
            }
            guard let time else { return }
            try connection.execute("DELETE FROM steps WHERE layer IS NULL AND used < ?", [.integer(time)])
        }
    }

    /// Removes everything, including facts about snapshots.
    func forgetAll() throws(ImageError) {
        try database.transaction { connection throws(ImageError) in
            for table in ["steps", "layers", "blobs", "facts"] { try connection.execute("DELETE FROM \(table)") }
        }
    }
}
