internal import CLinux
internal import DockerfileLanguage
internal import FileSystem
internal import Glibc
internal import OCI

/// The folders behind `RUN --mount=type=cache`, which outlive builds and belong to no image. They are shared by all
/// platforms and by all processes that use the workspace.
struct CacheMounts {
    /// What a new cache starts with.
    struct Seed: Sendable {
        let identity: Digest
        let path: String
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
    private static let patience = Duration.seconds(3600)
    private let folder: String
    private let namespace: String

    /// - Parameter namespace: Caches of different ones are different caches.
    init(folder: String, namespace: String = "") {
        self.folder = folder
        self.namespace = namespace
    }

    /// Finds or makes the folders of all caches of a step.
    ///
    /// With `sharing=locked` it waits until nobody else has the cache; with `sharing=private` it takes another folder
    /// then. A step that mounts a cache twice has the same folder twice.
    /// - Returns: A lease for each request, in their order.
    /// - Throws: ``ImageError``; `CancellationError`.
    func lease(_ requests: [Request]) async throws -> [Lease] {
        let names = requests.map(name)
        var leases: [String: Lease] = [:]
        // Everybody locks in the same order, or two steps could wait for each other.
        for (name, request) in zip(names, requests).sorted(by: { $0.0 < $1.0 }) where leases[name] == nil {
            leases[name] = try await lease(request, name)
        }
        return names.compactMap { leases[$0] }
    }

    private func lease(_ request: Request, _ name: String) async throws -> Lease {
        let id = request.cache.id
        let place = "\(folder)/\(name)"
        do {
            try Folder.create(place)
            try Self.noteUse(of: place, id: id)
            switch request.cache.sharing {
            case .shared: return Lease(folder: try make("\(place)/0", request), lock: nil)
            case .locked:
                let file = try OpenFile("\(place)/0.lock", for: .updating)
                let lock = try await FileLock(.exclusive, waitingFor: file, patience: Self.patience)
                return Lease(folder: try make("\(place)/0", request), lock: lock)
            case .private:
                for number in 0... {
                    let file = try OpenFile("\(place)/\(number).lock", for: .updating)
                    guard let lock = try FileLock(.exclusive, trying: file) else { continue }
                    return Lease(folder: try make("\(place)/\(number)", request), lock: lock)
                }
            }
        } catch let error as FileError {
            throw ImageError(
                .failed, "cannot use the cache \(id)", error.description,
                advice: error.isFull ? "make room there, as with imgtool build prune" : nil)
        }
        throw ImageError(.failed, "cannot use the cache \(id)", "all its folders are in use")
    }

    private func name(of request: Request) -> String {
        let cache = request.cache
        var key = KeyWriter("cache mount 1")
        key.add([namespace, cache.id])
        if let seed = request.seed { key.add([seed.identity.description, seed.path]) }
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
        try Folder.create(temporary)
        try request.seed?.content.write(to: temporary)
        chown(temporary, permissions.user, permissions.group)
        chmod(temporary, permissions.mode)
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
