internal import CLinux
internal import Concurrency
internal import DockerfileLanguage
internal import FileSystem
internal import Glibc
internal import OCI
internal import Snapshots

/// The folders of cache mounts (`RUN --mount=type=cache`), which outlive builds and are part of no image. All platforms
/// and all processes that use the workspace share them.
struct CacheMounts {
    /// The initial content of a new cache.
    struct Seed: Sendable {
        /// The identity of the content.
        let identity: Digest
        /// Includes an entry for the root to set the owner and mode of the cache's folder.
        let content: LayerContent
    }

    /// A cache that a step needs.
    struct Request: Sendable {
        let cache: Mount.Cache
        let seed: Seed?
    }

    /// A cache in use by a step.
    struct Lease: Sendable {
        /// An absolute path.
        let folder: String
        fileprivate let lock: FileLock?

        func release() { lock?.release() }
    }

    /// The maximum time for a step to wait for another one that uses the cache exclusively.
    private static let timeout = Duration.seconds(3600)
    private let folder: String
    private let namespace: String
    /// The folders that have been emptied.
    private let emptied = Guarded<Set<String>>([])
    private let emptying = SingleFlight<String, Void>()

    /// - Parameter namespace: Different namespaces have separate caches.
    init(folder: String, namespace: String = "") {
        self.folder = folder
        self.namespace = namespace
    }

    /// Finds or creates the folders of all caches of a step.
    ///
    /// Caches are shared between steps. With `sharing=locked`, a step waits until no other uses the cache; with
    /// `sharing=private`, it then gets another folder. A step that mounts a cache twice gets the same folder twice.
    /// - Parameter startsEmpty: True to remove content older than this value first.
    /// - Returns: A lease for each request, in order.
    /// - Throws: ``ImageError``; `CancellationError`.
    func lease(_ requests: [Request], startsEmpty: Bool = false) async throws -> [Lease] {
        let names = requests.map(name)
        if startsEmpty {
            // Before taking any lock, since emptying a cache waits for its users.
            for (name, request) in zip(names, requests) where request.cache.sharing != .private {
                try await explaining(request) { try await self.empty("\(folder)/\(name)/0") }
            }
        }
        var leases: [String: Lease] = [:]
        // All steps lock in the same order, to avoid deadlocks.
        for (name, request) in zip(names, requests).sorted(by: { $0.0 < $1.0 }) where leases[name] == nil {
            leases[name] = try await explaining(request) { try await lease(request, name, startsEmpty) }
        }
        return names.compactMap { leases[$0] }
    }

    private func lease(_ request: Request, _ name: String, _ startsEmpty: Bool) async throws -> Lease {
        let mountFolder = "\(folder)/\(name)"
        try Folder.create(mountFolder, permissions: 0o700)
        try Self.noteUse(of: mountFolder, id: request.cache.id)
        guard request.cache.sharing == .private else {
            let kind: FileLock.Kind = request.cache.sharing == .locked ? .exclusive : .shared
            let lock = try await FileLock(
                kind, waitingFor: try Self.lock(of: "\(mountFolder)/0"), timeout: Self.timeout)
            return Lease(folder: try make("\(mountFolder)/0", request), lock: lock)
        }
        for number in 0... {
            let path = "\(mountFolder)/\(number)"
            guard let lock = try FileLock(.exclusive, trying: try Self.lock(of: path)) else { continue }
            if startsEmpty { try removeOnce(path) }
            return Lease(folder: try make(path, request), lock: lock)
        }
        throw ImageError(.failed, "cannot use the cache \(request.cache.id)", "all its folders are in use")
    }

    private func explaining<Result>(
        _ request: Request, _ operation: () async throws -> Result
    ) async throws -> Result {
        do { return try await operation() } catch let error as FileError {
            throw ImageError(
                .failed, "cannot use the cache \(request.cache.id)", error.description,
                advice: error.isFull ? "free some space there, for instance with imgtool build prune" : nil)
        }
    }

    /// Removes a shared folder as soon as it is not in use, once for all steps that want it empty.
    private func empty(_ path: String) async throws {
        try await emptying.value(for: path) {
            try Folder.create(Folder.containing(path), permissions: 0o700)
            let file = try Self.lock(of: path)
            let lock = try await FileLock(.exclusive, waitingFor: file, timeout: Self.timeout)
            defer { lock.release() }
            try self.removeOnce(path)
        }
    }

    /// Removes a folder in exclusive use, unless that has been done.
    private func removeOnce(_ path: String) throws(FileError) {
        guard emptied.withLock({ $0.insert(path).inserted }) else { return }
        try TreeRemoval.remove(path)
    }

    private static func lock(of path: String) throws(FileError) -> OpenFile {
        try OpenFile("\(path).lock", for: .updating)
    }

    private func name(of request: Request) -> String {
        let cache = request.cache
        var key = KeyWriter("cache mount 1")
        key.add([namespace, cache.id])
        if let seed = request.seed { key.add(seed.identity) }
        if cache.permissions.areExplicit {
            key.add("\(cache.permissions.mode) \(cache.permissions.user) \(cache.permissions.group)")
        }
        return key.digest.hex
    }

    private func make(_ path: String, _ request: Request) throws -> String {
        if access(path, F_OK) == 0 { return path }
        let permissions = request.cache.permissions
        let temporary =
            "\(path)\(CacheInventory.unfinished.making)\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try Folder.create(temporary, permissions: 0o700)
        let made = try OpenFolder(temporary)
        if fchown(made.descriptor, permissions.user, permissions.group) != 0 {
            throw LayerFailure.ofOwner(
                FileError(errno, "give away", temporary), "the cache \(request.cache.id)", user: permissions.user,
                group: permissions.group)
        }
        fchmod(made.descriptor, permissions.mode)
        try request.seed?.content.write(to: temporary)
        // Another process may have been faster, and may use its folder already.
        if clinux_rename_new(temporary, path) != 0 {
            let code = errno
            _ = try? TreeRemoval.remove(temporary)
            if code != EEXIST { throw FileError(code, "name", path) }
        }
        return path
    }

    // MARK: Records

    /// The metadata beside the folder of a cache.
    struct Record {
        let id: String
        /// Seconds since 1970.
        let created: Int64
        let used: Int64
    }

    private static let suffix = ".id"

    /// Returns true if a file is the record of an existing cache.
    static func isRecord(_ path: String) -> Bool {
        path.hasSuffix(suffix) && access(String(path.dropLast(suffix.count)), F_OK) == 0
    }

    /// The record of a cache's folder; `nil` if there is none.
    static func record(of folder: String) throws(FileError) -> Record? {
        let path = folder + suffix
        guard try FileStatus(of: path) != nil else { return nil }
        let file = try DiskFile(path)
        let id = String(decoding: try File.read(path, limit: 1 << 20), as: UTF8.self)
        return Record(id: id, created: file.created, used: file.modified)
    }

    /// Removes a cache, which must not be in use.
    static func remove(_ folder: String) throws(FileError) {
        try CacheCleaning.removeFolder(folder)
        try File.remove(folder + suffix)
    }

    private static func noteUse(of folder: String, id: String) throws(FileError) {
        if try File.refresh(folder + suffix) == nil { try File.replace(folder + suffix, with: Array(id.utf8)) }
    }
}
