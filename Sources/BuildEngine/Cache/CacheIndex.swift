internal import Concurrency
package import OCI
package import Snapshots

/// What builds have made so far, and what of it is there: the index of the build cache, `cache.db`.
///
/// Rows only say that something was so; whether a layer's files or blob are still there is for their stores to say.
package final class CacheIndex: Sendable {
    /// What a step came to.
    package struct StepRecord: Sendable, Hashable {
        /// The layer that it made; `nil` when it changed nothing.
        package let layer: Digest?
        /// When, in seconds since 1970.
        package let created: Int64
    }

    /// A layer as a blob.
    package struct BlobRecord: Sendable, Hashable {
        package let diffID: Digest
        package let digest: Digest
        /// Bytes.
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

    /// - Parameter isAlone: Whether no other process uses the index meanwhile, which then needs less of the disk.
    /// - Throws: ``ImageError``.
    package init(_ path: String, isAlone: Bool = false) throws(ImageError) {
        database = try Database(path, version: Self.version, schema: Self.schema, isAlone: isAlone)
    }

    // MARK: Steps

    /// What a step has come to before.
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

    /// When a layer was first made, in seconds since 1970; `nil` for one that nobody has made yet.
    package func layer(_ id: Digest) throws(ImageError) -> Int64? {
        let rows = try database.query("SELECT created FROM layers WHERE id = ?", [.text(id.description)])
        guard let row = rows.first else { return nil }
        touched.withLock { _ = $0.layers.insert(id.description) }
        return row[0].integer
    }

    /// Remembers that a layer was used, for ``saveUse(now:)``.
    package func noteUse(of layer: Digest) { touched.withLock { _ = $0.layers.insert(layer.description) } }

    /// Remembers a layer, unless it is known.
    ///
    /// - Parameter times: Which times of it are content; `nil` for a layer of an image.
    /// - Returns: When it was first made, by this or by another process.
    package func recordLayer(_ id: Digest, times: LayerTimes?, now: Int64) throws(ImageError) -> Int64 {
        let times = times.map { Database.Value.blob($0.record) } ?? .null
        try database.execute(
            "INSERT OR IGNORE INTO layers VALUES (?, ?, ?, ?)",
            [.text(id.description), .integer(now), .integer(now), times])
        return try layer(id) ?? now
    }

    /// Which times of a layer are content: all of them when nothing is known of it.
    package func times(of layer: Digest) throws(ImageError) -> LayerTimes {
        let rows = try database.query("SELECT times FROM layers WHERE id = ?", [.text(layer.description)])
        return rows.first?[0].bytes.map { LayerTimes(record: $0) } ?? .allContent
    }

    // MARK: Blobs

    /// A layer as a blob.
    ///
    /// - Parameter form: What tells blobs of one layer apart: the compression and its level, and how times were treated.
    package func blob(of layer: Digest, form: String) throws(ImageError) -> BlobRecord? {
        let rows = try database.query(
            "SELECT diff_id, digest, size FROM blobs WHERE layer = ? AND form = ?",
            [.text(layer.description), .text(form)])
        guard let row = rows.first, let diffID = try row[0].digest, let digest = try row[1].digest else { return nil }
        return BlobRecord(diffID: diffID, digest: digest, size: row[2].integer ?? 0)
    }

    /// Every blob of a layer that was ever made.
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

    /// What is known of the paths of a tree, so that its files are not needed to learn it again.
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

    /// Remembers when what was looked up since the last call was used, for those who clean up.
    ///
    /// - Parameter now: Seconds since 1970. What was used within the hour before is left as it is, so that builds that
    ///   find everything write nothing.
    package func saveUse(now: Int64) throws(ImageError) {
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
