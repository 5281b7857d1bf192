internal import CLinux
internal import Concurrency
internal import DockerfileLanguage
internal import FileSystem
internal import Glibc
internal import OCI
internal import Snapshots

/// The folders behind `RUN --mount=type=cache`, which outlive builds and belong to no image. They are shared by all
/// platforms and by all processes that use the workspace.
struct CacheMounts {
    /// What a new cache starts with.
    struct Seed: Sendable {
        /// What tells it from others.
        let identity: Digest
        /// With an entry for the cache's own folder, where it is to have that one's owner and mode.
        let content: LayerContent
    }

    /// A cache that a step asks for.
    struct Request: Sendable {
        let cache: Mount.Cache
        let seed: Seed?
    }

    /// The use of a cache by a step.
    struct Lease: Sendable {
        /// An absolute path.
        let folder: String
        fileprivate let lock: FileLock?

        func release() { lock?.release() }
    }

    /// How long a step waits for another that has the cache to itself.
    private static let timeout = Duration.seconds(3600)
    private let folder: String
    private let namespace: String
    /// The folders that have been emptied.
    private let emptied = Guarded<Set<String>>([])
    private let emptying = SingleFlight<String, Void>()

    /// - Parameter namespace: Caches of different ones are different caches.
    init(folder: String, namespace: String = "") {
        self.folder = folder
        self.namespace = namespace
    }

    /// Finds or makes the folders of all caches of a step.
    ///
    /// Many steps share a cache. With `sharing=locked` it waits until nobody else has the cache, with `sharing=private` it
    /// takes another folder then. A step that mounts a cache twice has the same folder twice.
    /// - Parameter startsEmpty: Whether what was in the caches when this value came into being is removed first.
    /// - Returns: A lease for each request, in their order.
    /// - Throws: ``ImageError``; `CancellationError`.
    func lease(_ requests: [Request], startsEmpty: Bool = false) async throws -> [Lease] {
        let names = requests.map(name)
        if startsEmpty {
            // Before anything is locked, since whoever empties a cache waits for those who use it.
            for (name, request) in zip(names, requests) where request.cache.sharing != .private {
                try await explaining(request) { try await self.empty("\(folder)/\(name)/0") }
            }
        }
        var leases: [String: Lease] = [:]
        // Everybody locks in the same order, or two steps could wait for each other.
        for (name, request) in zip(names, requests).sorted(by: { $0.0 < $1.0 }) where leases[name] == nil {
            leases[name] = try await explaining(request) { try await lease(request, name, startsEmpty) }
        }
        return names.compactMap { leases[$0] }
    }

    private func lease(_ request: Request, _ name: String, _ startsEmpty: Bool) async throws -> Lease {
        let place = "\(folder)/\(name)"
        try Folder.create(place, permissions: 0o700)
        try Self.noteUse(of: place, id: request.cache.id)
        guard request.cache.sharing == .private else {
            let kind: FileLock.Kind = request.cache.sharing == .locked ? .exclusive : .shared
            let lock = try await FileLock(kind, waitingFor: try Self.lock(of: "\(place)/0"), timeout: Self.timeout)
            return Lease(folder: try make("\(place)/0", request), lock: lock)
        }
        for number in 0... {
            let path = "\(place)/\(number)"
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
                advice: error.isFull ? "make room there, as with imgtool build prune" : nil)
        }
    }

    /// Removes a folder that steps share, once for all who want it empty, as soon as nobody uses it.
    private func empty(_ path: String) async throws {
        try await emptying.value(for: path) {
            try Folder.create(Folder.containing(path), permissions: 0o700)
            let file = try Self.lock(of: path)
            let lock = try await FileLock(.exclusive, waitingFor: file, timeout: Self.timeout)
            defer { lock.release() }
            try self.removeOnce(path)
        }
    }

    /// Removes a folder that the caller has to itself, unless that has been done.
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
        fchown(made.descriptor, permissions.user, permissions.group)
        fchmod(made.descriptor, permissions.mode)
        try request.seed?.content.write(to: temporary)
        // Another process may have been faster, and use its folder already.
        if clinux_rename_new(temporary, path) != 0 {
            let code = errno
            _ = try? TreeRemoval.remove(temporary)
            if code != EEXIST { throw FileError(code, "name", path) }
        }
        return path
    }

    // MARK: Records

    /// What is kept beside the folder of a cache, for those who look through all of them.
    struct Record {
        let id: String
        /// Seconds since 1970.
        let created: Int64
        let used: Int64
    }

    private static let suffix = ".id"

    /// Whether a file is the record of a cache that is there.
    static func isRecord(_ path: String) -> Bool {
        path.hasSuffix(suffix) && access(String(path.dropLast(suffix.count)), F_OK) == 0
    }

    /// The record of a cache's folder; `nil` when there is none.
    static func record(of place: String) throws(FileError) -> Record? {
        let path = place + suffix
        guard try FileStatus(of: path) != nil else { return nil }
        let file = try DiskFile(path)
        let id = String(decoding: try File.read(path, limit: 1 << 20), as: UTF8.self)
        return Record(id: id, created: file.created, used: file.modified)
    }

    /// Removes a cache, which nobody may be using.
    static func remove(_ place: String) throws(FileError) {
        try CacheCleaning.removeFolder(place)
        try File.remove(place + suffix)
    }

    private static func noteUse(of place: String, id: String) throws(FileError) {
        if try File.refresh(place + suffix) == nil { try File.replace(place + suffix, with: Array(id.utf8)) }
    }
}
