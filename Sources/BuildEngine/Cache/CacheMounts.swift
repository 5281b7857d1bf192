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

    /// Finds or makes the folder of a cache.
    ///
    /// With `sharing=locked` it waits until nobody else has it; with `sharing=private` it takes another folder then.
    /// - Throws: ``ImageError``; `CancellationError`.
    func lease(_ cache: Mount.Cache, seed: Seed?) async throws -> Lease {
        let place = "\(folder)/\(name(of: cache, seed))"
        do {
            try Folder.create(place)
            switch cache.sharing {
            case .shared: return Lease(folder: try make("\(place)/0", cache, seed), lock: nil)
            case .locked:
                let file = try OpenFile("\(place)/0.lock", for: .updating)
                let lock = try await FileLock(.exclusive, waitingFor: file, patience: Self.patience)
                return Lease(folder: try make("\(place)/0", cache, seed), lock: lock)
            case .private:
                for number in 0... {
                    let file = try OpenFile("\(place)/\(number).lock", for: .updating)
                    guard let lock = try FileLock(.exclusive, trying: file) else { continue }
                    return Lease(folder: try make("\(place)/\(number)", cache, seed), lock: lock)
                }
            }
        } catch let error as FileError {
            throw ImageError(.failed, "cannot use the cache \(cache.id)", error.description)
        }
        throw ImageError(.failed, "cannot use the cache \(cache.id)", "all its folders are in use")
    }

    private func name(of cache: Mount.Cache, _ seed: Seed?) -> String {
        var key = KeyWriter("cache mount 1")
        key.add([namespace, cache.id])
        if let seed { key.add([seed.identity.description, seed.path]) }
        if cache.permissions.areExplicit {
            key.add("\(cache.permissions.mode) \(cache.permissions.user) \(cache.permissions.group)")
        }
        return key.digest.hex
    }

    private func make(_ path: String, _ cache: Mount.Cache, _ seed: Seed?) throws -> String {
        if access(path, F_OK) == 0 { return path }
        let temporary = "\(path).new-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try Folder.create(temporary)
        try seed?.content.write(to: temporary)
        chown(temporary, cache.permissions.user, cache.permissions.group)
        chmod(temporary, cache.permissions.mode)
        // Another process may have been faster.
        if rename(temporary, path) != 0 { _ = try? TreeRemoval.remove(temporary) }
        try? File.replace(
            "\(folder)/\(Folder.containing(path).split(separator: "/").last ?? "").id", with: Array(cache.id.utf8))
        return path
    }
}
