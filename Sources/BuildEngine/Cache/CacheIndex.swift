internal import Concurrency
package import OCI
package import Snapshots

/// The index of the build cache, `cache.db`: the results of steps, and the layers and blobs made so far.
///
/// Rows only record the past; whether the files of a layer or blob still exist is for their stores to say.
package final class CacheIndex: Sendable {
    /// The result of a step.
    package struct StepRecord: Sendable, Hashable {
        /// The layer that it made; `nil` if it changed nothing.
        package let layer: Digest?
        /// The time of creation, in seconds since 1970.
        package let created: Int64
    }

    /// A layer as a blob.
    package struct BlobRecord: Sendable, Hashable {
        package let diffID: Digest
        package let digest: Digest
        /// In bytes.
        package let size: Int64
    }

    private static let version: Int32 = 2
    private static let schema = """
        CREATE TABLE steps (key TEXT PRIMARY KEY, layer TEXT, created INTEGER NOT NULL, used INTEGER NOT NULL)
            WITHOUT ROWID;
        CREATE TABLE layers (id TEXT PRIMARY KEY, created INTEGER NOT NULL, used INTEGER NOT NULL, times BLOB)
            WITHOUT ROWID;
        CREATE TABLE blobs (layer TEXT NOT NULL, form TEXT NOT NULL, diff_id TEXT NOT NULL, digest TEXT NOT NULL,
            size INTEGER NOT NULL, PRIMARY KEY (layer, form)) WITHOUT ROWID;
        CREATE TABLE facts (tree TEXT NOT NULL, path TEXT NOT NULL, fact TEXT NOT NULL, PRIMARY KEY (tree, path))
            WITHOUT ROWID;
        """

    let database: Database
    private let touched = Guarded<(steps: Set<String>, layers: Set<String>)>(([], []))

    /// - Parameter isAlone: True if no other process uses the index, which then needs less disk space.
    /// - Throws: ``ImageError``.
    package init(_ path: String, isAlone: Bool = false) throws(ImageError) {
        database = try Database(path, version: Self.version, schema: Self.schema, isAlone: isAlone)
    }

    // MARK: Steps

    /// The recorded result of a step.
    package func step(_ key: Digest) throws(ImageError) -> StepRecord? {
        let rows = try database.query("SELECT layer, created FROM steps WHERE key = ?", [.text(key.description)])
        guard let row = rows.first else { return nil }
        touched.withLock { _ = $0.steps.insert(key.description) }
        return StepRecord(layer: try row[0].digest, created: row[1].integer ?? 0)
    }

    package func record(_ record: StepRecord, of key: Digest, now: Int64) throws(ImageError) {
        try database.execute(
            "INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?)",
            [.text(key.description), .init(record.layer), .integer(record.created), .integer(now)])
    }

    // MARK: Layers

    /// The time of a layer's creation, in seconds since 1970; `nil` if it is unknown.
    package func layer(_ id: Digest) throws(ImageError) -> Int64? {
        let rows = try database.query("SELECT created FROM layers WHERE id = ?", [.text(id.description)])
        guard let row = rows.first else { return nil }
        touched.withLock { _ = $0.layers.insert(id.description) }
        return row[0].integer
    }

    /// Records the use of a layer, for ``saveUse(now:)``.
    func noteUse(of layer: Digest) { touched.withLock { _ = $0.layers.insert(layer.description) } }

    /// Records a layer, unless it is known.
    ///
    /// - Parameter times: The times that count as content; `nil` for a layer of an image.
    /// - Returns: The time of its creation, by this or another process.
    package func recordLayer(_ id: Digest, times: LayerTimes?, now: Int64) throws(ImageError) -> Int64 {
        let times = times.map { Database.Value.blob($0.record) } ?? .null
        try database.execute(
            "INSERT OR IGNORE INTO layers VALUES (?, ?, ?, ?)",
            [.text(id.description), .integer(now), .integer(now), times])
        return try layer(id) ?? now
    }

    /// The times of a layer that count as content; all if nothing is recorded.
    package func times(of layer: Digest) throws(ImageError) -> LayerTimes {
        let rows = try database.query("SELECT times FROM layers WHERE id = ?", [.text(layer.description)])
        return rows.first?[0].bytes.map { LayerTimes(record: $0) } ?? .allContent
    }

    // MARK: Blobs

    /// A layer as a blob.
    ///
    /// - Parameter form: The format that distinguishes blobs of one layer: the compression, its level, and the
    ///   treatment of times.
    package func blob(of layer: Digest, form: String) throws(ImageError) -> BlobRecord? {
        let rows = try database.query(
            "SELECT diff_id, digest, size FROM blobs WHERE layer = ? AND form = ?",
            [.text(layer.description), .text(form)])
        guard let row = rows.first, let diffID = try row[0].digest, let digest = try row[1].digest else { return nil }
        return BlobRecord(diffID: diffID, digest: digest, size: row[2].integer ?? 0)
    }

    /// All recorded blobs of a layer.
    package func blobs(of layer: Digest) throws(ImageError) -> [BlobRecord] {
        var records: [BlobRecord] = []
        let rows = try database.query(
            "SELECT diff_id, digest, size FROM blobs WHERE layer = ? ORDER BY form", [.text(layer.description)])
        for row in rows {
            guard let diffID = try row[0].digest, let digest = try row[1].digest else { continue }
            records.append(BlobRecord(diffID: diffID, digest: digest, size: row[2].integer ?? 0))
        }
        return records
    }

    package func record(_ blob: BlobRecord, of layer: Digest, form: String) throws(ImageError) {
        try database.execute(
            "INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?, ?)",
            [
                .text(layer.description), .text(form), .init(blob.diffID), .init(blob.digest), .integer(blob.size),
            ])
    }

    // MARK: Facts

    /// The known facts about paths in a snapshot, so that its files are not needed to find out again.
    package func facts(of tree: Digest) throws(ImageError) -> [String: String] {
        let rows = try database.query("SELECT path, fact FROM facts WHERE tree = ?", [.text(tree.description)])
        var facts: [String: String] = [:]
        for row in rows { facts[row[0].text ?? ""] = row[1].text ?? "" }
        return facts
    }

    package func record(_ facts: [String: String], of tree: Digest) throws(ImageError) {
        try database.transaction { connection throws(ImageError) in
            for (path, fact) in facts.sorted(by: { $0.key < $1.key }) {
                try connection.execute(
                    "INSERT OR REPLACE INTO facts VALUES (?, ?, ?)",
                    [.text(tree.description), .text(path), .text(fact)])
            }
        }
    }

    // MARK: Use

    /// Saves the use of content looked up since the last call, for cleanup.
    ///
    /// - Parameter now: Seconds since 1970. Uses within the same hour are not updated, so that builds that find
    ///   everything in the cache write nothing.
    func saveUse(now: Int64) throws(ImageError) {
        let (steps, layers) = touched.withLock { touched in
            defer { touched = ([], []) }
            return touched
        }
        for (table, column, names) in [("steps", "key", steps), ("layers", "id", layers)] {
            for name in names {
                let stale = try database.query(
                    "SELECT 1 FROM \(table) WHERE \(column) = ? AND used < ?", [.text(name), .integer(now - 3600)])
                if stale.isEmpty { continue }
                try database.execute(
                    "UPDATE \(table) SET used = ? WHERE \(column) = ?", [.integer(now), .text(name)])
            }
        }
    }
}
