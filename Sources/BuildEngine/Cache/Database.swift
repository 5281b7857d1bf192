internal import CSQLite
internal import Concurrency
internal import FileSystem
internal import Glibc
internal import OCI

/// An SQLite database. Several processes use it at once: readers never wait, writers wait for each other.
///
/// The connection is handed to one caller at a time, so it may be used from any thread.
final class Database: Sendable {
    /// A value of a column or a parameter.
    enum Value: Sendable, Hashable {
        case integer(Int64)
        case text(String)
        case null
    }

    /// How long a writer waits for another process, in milliseconds.
    private static let patience: Int32 = 30_000

    /// One connection.
    private struct Connection: @unchecked Sendable {  // Its pointers are only used under the lock of `connection`.
        let handle: OpaquePointer
        var statements: [String: OpaquePointer] = [:]
    }

    private let path: String
    private let connection: Guarded<Connection>

    /// Opens a database, or makes it.
    ///
    /// - Parameters:
    ///   - version: The version of the tables; a file of another version is emptied first.
    ///   - schema: The statements that make the tables.
    ///   - isAlone: Whether no other process uses the database meanwhile. It is then opened without the file through
    ///     which processes agree, for which a full device has no room.
    /// - Throws: ``ImageError``.
    init(_ path: String, version: Int32, schema: String, isAlone: Bool = false) throws(ImageError) {
        self.path = path
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            let reason = String(cString: sqlite3_errstr(code))
            sqlite3_close(handle)
            throw ImageError(.failed, "cannot open the build cache \(path)", reason)
        }
        sqlite3_busy_timeout(handle, Self.patience)
        connection = Guarded(Connection(handle: handle))
        if isAlone { try execute("PRAGMA locking_mode=EXCLUSIVE") }
        if try query("PRAGMA user_version").first?.first != .integer(Int64(version)) {
            try make(version: version, schema: schema)
        }
        try execute("PRAGMA synchronous=NORMAL")
    }

    deinit {
        connection.withLock { connection in
            for statement in connection.statements.values { sqlite3_finalize(statement) }
            sqlite3_close(connection.handle)
        }
    }

    private func make(version: Int32, schema: String) throws(ImageError) {
        try execute("PRAGMA journal_mode=WAL")
        // Another process may be doing the same.
        try transaction { () throws(ImageError) in
            if try query("PRAGMA user_version").first?.first == .integer(Int64(version)) { return }
            for row in try query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'") {
                if case .text(let name) = row[0] { try execute("DROP TABLE \"\(name)\"") }
            }
            for statement in schema.split(separator: ";") where statement.contains("CREATE") {
                try execute(String(statement))
            }
            try execute("PRAGMA user_version = \(version)")
        }
    }

    /// Runs a statement that gives no rows.
    func execute(_ sql: String, _ parameters: [Value] = []) throws(ImageError) {
        _ = try query(sql, parameters)
    }

    /// Runs a statement and gives its rows.
    ///
    /// - Throws: ``ImageError``.
    func query(_ sql: String, _ parameters: [Value] = []) throws(ImageError) -> [[Value]] {
        let result = connection.withLock { connection -> Result<[[Value]], ImageError> in
            Result { () throws(ImageError) in try run(sql, parameters, &connection) }
        }
        return try result.get()
    }

    /// Runs several statements of which all are done or none. Nobody else of this process may use the database
    /// meanwhile.
    func transaction(_ body: () throws(ImageError) -> Void) throws(ImageError) {
        try execute("BEGIN IMMEDIATE")
        do {
            try body()
        } catch {
            try? execute("ROLLBACK")
            throw error
        }
        try execute("COMMIT")
    }

    // MARK: Statements

    private func run(
        _ sql: String, _ parameters: [Value], _ connection: inout Connection
    ) throws(ImageError) -> [[Value]] {
        let statement = try prepare(sql, &connection)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in parameters.enumerated() { bind(value, Int32(index + 1), to: statement) }
        var rows: [[Value]] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: rows.append((0..<sqlite3_column_count(statement)).map { Self.column($0, of: statement) })
            case SQLITE_DONE: return rows
            default: throw failure(connection.handle)
            }
        }
    }

    private func prepare(_ sql: String, _ connection: inout Connection) throws(ImageError) -> OpaquePointer {
        if let statement = connection.statements[sql] { return statement }
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(connection.handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw failure(connection.handle)
        }
        connection.statements[sql] = statement
        return statement
    }

    private func bind(_ value: Value, _ index: Int32, to statement: OpaquePointer) {
        switch value {
        case .integer(let number): sqlite3_bind_int64(statement, index, number)
        case .text(let text): sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), csqlite_transient())
        case .null: sqlite3_bind_null(statement, index)
        }
    }

    private static func column(_ index: Int32, of statement: OpaquePointer) -> Value {
        switch sqlite3_column_type(statement, index) {
        case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, index))
        case SQLITE_NULL: .null
        default: .text(sqlite3_column_text(statement, index).map { String(cString: $0) } ?? "")
        }
    }

    private func failure(_ handle: OpaquePointer) -> ImageError {
        let attempt = "cannot use the build cache \(path)"
        switch sqlite3_errcode(handle) {
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            return ImageError(
                .failed, attempt, "it is damaged", advice: "run imgtool build prune, which makes it anew")
        case SQLITE_FULL,
            SQLITE_IOERR where [ENOSPC, EDQUOT, 0].contains(sqlite3_system_errno(handle)):
            return ImageError(
                .failed, attempt, "no space is left on its device",
                advice: "make room there, as with imgtool build prune")
        default: return ImageError(.failed, attempt, String(cString: sqlite3_errmsg(handle)))
        }
    }
}

extension Database {
    /// Removes a database that is damaged. No process may be using it.
    ///
    /// - Returns: Whether it was.
    /// - Throws: ``FileError``.
    static func removeIfDamaged(_ path: String) throws(FileError) -> Bool {
        guard isDamaged(path) else { return false }
        // What has been written lately is in files of its own, and would be taken for a part of the next database.
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
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }

    init(_ digest: Digest?) { self = digest.map { .text($0.description) } ?? .null }

    /// - Throws: ``ImageError`` when a column that should hold a digest does not.
    var digest: Digest? {
        get throws(ImageError) {
            guard let text else { return nil }
            return try Digest(text)
        }
    }
}
