internal import CSQLite
internal import Concurrency
internal import FileSystem
internal import Glibc
internal import OCI

/// An SQLite database for the tasks of a build and for several processes: readers never wait, writers wait for each
/// other.
///
/// There is one connection. A statement or transaction has exclusive use of it, so that statements of other threads
/// never become part of a transaction.
final class Database: Sendable {
    /// A value of a column or a parameter.
    enum Value: Sendable, Hashable {
        case integer(Int64)
        case text(String)
        case blob([UInt8])
        case null
    }

    private let connection: Guarded<Connection>

    /// Opens or creates a database.
    ///
    /// - Parameters:
    ///   - version: The schema version; a file with another version is emptied first.
    ///   - schema: The statements that create the tables.
    ///   - isAlone: True if no other process uses the database. It is then opened without shared memory, for which a
    ///     full device has no space.
    /// - Throws: ``ImageError``.
    init(_ path: String, version: Int32, schema: String, isAlone: Bool = false) throws(ImageError) {
        var opened = try Connection(path)
        do {
            if isAlone { try opened.execute("PRAGMA locking_mode=EXCLUSIVE") }
            if try opened.version != version { try opened.makeTables(schema, version: version) }
            try opened.execute("PRAGMA synchronous=NORMAL")
        } catch {
            opened.close()
            throw error
        }
        connection = Guarded(opened)
    }

    deinit {
        connection.withLock { $0.close() }
    }

    /// Runs a statement without results.
    func execute(_ sql: String, _ parameters: [Value] = []) throws(ImageError) {
        _ = try query(sql, parameters)
    }

    /// Runs a statement and returns its rows.
    ///
    /// - Throws: ``ImageError``.
    func query(_ sql: String, _ parameters: [Value] = []) throws(ImageError) -> [[Value]] {
        try connection.withLock { connection throws(ImageError) in try connection.query(sql, parameters) }
    }

    /// Runs several statements atomically. Other tasks and processes wait meanwhile.
    ///
    /// - Parameter body: Runs statements on the given connection, and on no other.
    /// - Throws: ``ImageError``.
    func transaction(_ body: (inout Connection) throws(ImageError) -> Void) throws(ImageError) {
        try connection.withLock { connection throws(ImageError) in try connection.transaction(body) }
    }
}

extension Database {
    /// A connection, used by one thread at a time.
    struct Connection: @unchecked Sendable {  // Its pointers are only used under the lock of `Database.connection`.
        /// The maximum time for a statement to wait for another process, in milliseconds.
        private static let timeout: Int32 = 30_000
        /// The delay between attempts where SQLite does not wait by itself, in microseconds.
        private static let pause: UInt32 = 5_000

        private let path: String
        private let handle: OpaquePointer
        private var statements: [String: OpaquePointer] = [:]

        init(_ path: String) throws(ImageError) {
            self.path = path
            var handle: OpaquePointer?
            let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
            let code = sqlite3_open_v2(path, &handle, flags, nil)
            guard code == SQLITE_OK, let handle else {
                let reason = String(cString: sqlite3_errstr(code))
                sqlite3_close(handle)
                throw ImageError(.failed, "cannot open the build cache \(path)", reason)
            }
            sqlite3_busy_timeout(handle, Self.timeout)
            self.handle = handle
        }

        mutating func close() {
            for statement in statements.values { sqlite3_finalize(statement) }
            statements = [:]
            sqlite3_close(handle)
        }

        /// Runs a statement without results.
        mutating func execute(_ sql: String, _ parameters: [Value] = []) throws(ImageError) {
            _ = try query(sql, parameters)
        }

        /// Runs a statement and returns its rows.
        ///
        /// - Throws: ``ImageError``.
        mutating func query(_ sql: String, _ parameters: [Value] = []) throws(ImageError) -> [[Value]] {
            let deadline = ContinuousClock.now + .milliseconds(Int64(Self.timeout))
            while true {
                do {
                    return try attempt(sql, parameters)
                } catch {
                    // Inside a transaction, another attempt would run without the preceding statements.
                    guard isBusy, isOutsideTransaction, ContinuousClock.now < deadline else { throw error }
                    usleep(Self.pause)
                }
            }
        }

        mutating func transaction(_ body: (inout Connection) throws(ImageError) -> Void) throws(ImageError) {
            try execute("BEGIN IMMEDIATE")
            do {
                try body(&self)
                try execute("COMMIT")
            } catch {
                // SQLite may have rolled back already.
                if !isOutsideTransaction { try? execute("ROLLBACK") }
                throw error
            }
        }

        /// The schema version; 0 for a new database.
        var version: Int32 {
            mutating get throws(ImageError) {
                Int32(clamping: try query("PRAGMA user_version").first?.first?.integer ?? 0)
            }
        }

        mutating func makeTables(_ schema: String, version: Int32) throws(ImageError) {
            try execute("PRAGMA journal_mode=WAL")
            try transaction { connection throws(ImageError) in
                // Another process may have been faster.
                if try connection.version == version { return }
                let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                for row in try connection.query(tables) {
                    if let name = row[0].text { try connection.execute("DROP TABLE \"\(name)\"") }
                }
                for statement in schema.split(separator: ";") where statement.contains("CREATE") {
                    try connection.execute(String(statement))
                }
                try connection.execute("PRAGMA user_version = \(version)")
            }
        }

        // MARK: Statements

        private var isOutsideTransaction: Bool { sqlite3_get_autocommit(handle) != 0 }

        /// True if another process blocked the last call. SQLite waits by itself while another process writes, but not
        /// while it creates, recovers or closes the log, or changes the journal mode.
        private var isBusy: Bool { [SQLITE_BUSY, SQLITE_PROTOCOL].contains(sqlite3_errcode(handle)) }

        private mutating func attempt(_ sql: String, _ parameters: [Value]) throws(ImageError) -> [[Value]] {
            let statement = try prepare(sql)
            defer {
                sqlite3_reset(statement)
                sqlite3_clear_bindings(statement)
            }
            for (index, value) in parameters.enumerated() { Self.bind(value, Int32(index + 1), to: statement) }
            var rows: [[Value]] = []
            while true {
                switch sqlite3_step(statement) {
                case SQLITE_ROW:
                    rows.append((0..<sqlite3_column_count(statement)).map { Self.column($0, of: statement) })
                case SQLITE_DONE: return rows
                default: throw failure
                }
            }
        }

        private mutating func prepare(_ sql: String) throws(ImageError) -> OpaquePointer {
            if let statement = statements[sql] { return statement }
            var statement: OpaquePointer?
            guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
                throw failure
            }
            statements[sql] = statement
            return statement
        }

        private static func bind(_ value: Value, _ index: Int32, to statement: OpaquePointer) {
            switch value {
            case .integer(let number): sqlite3_bind_int64(statement, index, number)
            case .text(let text):
                sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), csqlite_transient())
            case .blob(let bytes):
                sqlite3_bind_blob(statement, index, bytes, Int32(bytes.count), csqlite_transient())
            case .null: sqlite3_bind_null(statement, index)
            }
        }

        private static func column(_ index: Int32, of statement: OpaquePointer) -> Value {
            switch sqlite3_column_type(statement, index) {
            case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, index))
            case SQLITE_NULL: return .null
            case SQLITE_BLOB:
                let start = sqlite3_column_blob(statement, index)
                let count = Int(sqlite3_column_bytes(statement, index))
                return .blob(Array(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)))
            default: return .text(sqlite3_column_text(statement, index).map { String(cString: $0) } ?? "")
            }
        }

        /// SQLite does not always keep the reason of the system.
        private var isDeviceFull: Bool {
            let code = sqlite3_system_errno(handle)
            if code != 0 { return code == ENOSPC || code == EDQUOT }
            return (FreeSpace(at: Folder.containing(path))?.available ?? 0) < 1 << 20
        }

        /// The error of the last call.
        private var failure: ImageError {
            let attempt = "cannot use the build cache \(path)"
            switch sqlite3_errcode(handle) {
            case SQLITE_CORRUPT, SQLITE_NOTADB:
                return ImageError(
                    .failed, attempt, "it is damaged", advice: "run imgtool build prune, which recreates it")
            case SQLITE_FULL,
                SQLITE_IOERR where isDeviceFull:
                return ImageError(
                    .failed, attempt, "no space is left on its device",
                    advice: "free some space there, for instance with imgtool build prune")
            default: return ImageError(.failed, attempt, String(cString: sqlite3_errmsg(handle)))
            }
        }
    }
}

extension Database {
    /// Removes a damaged database, which must not be in use.
    ///
    /// - Returns: True if it was damaged.
    /// - Throws: ``FileError``.
    static func removeIfDamaged(_ path: String) throws(FileError) -> Bool {
        guard isDamaged(path) else { return false }
        // Recent writes are in files of their own, and would be applied to the next database.
        for suffix in ["", "-wal", "-shm"] { try File.remove(path + suffix) }
        return true
    }

    private static func isDamaged(_ path: String) -> Bool {
        var handle: OpaquePointer?
        defer { sqlite3_close(handle) }
        guard sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK else {
            return false
        }
        sqlite3_exec(handle, "PRAGMA locking_mode=EXCLUSIVE", nil, nil, nil)
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        var code = sqlite3_prepare_v2(handle, "PRAGMA quick_check(1)", -1, &statement, nil)
        if code == SQLITE_OK { code = sqlite3_step(statement) }
        if code == SQLITE_ROW { return sqlite3_column_text(statement, 0).map { String(cString: $0) } != "ok" }
        return [SQLITE_CORRUPT, SQLITE_NOTADB].contains(code)
    }
}

extension Database.Value {
    var bytes: [UInt8]? { if case .blob(let bytes) = self { bytes } else { nil } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }

    init(_ digest: Digest?) { self = digest.map { .text($0.description) } ?? .null }

    /// - Throws: ``ImageError`` if a column that should hold a digest does not.
    var digest: Digest? {
        get throws(ImageError) {
            guard let text else { return nil }
            return try Digest(text)
        }
    }
}
