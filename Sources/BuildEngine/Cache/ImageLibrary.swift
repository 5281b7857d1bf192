package import BuildPlan
internal import Concurrency
internal import FileSystem
internal import Glibc
internal import JSON
package import OCI

/// The base images of a build, looked up once, and the sources of their layers.
package final class ImageLibrary: BaseImages {
    private let stores: any ImageStores
    private let folder: String
    private let manifests = SingleFlight<String, ManifestContent>()
    private let found = SingleFlight<BaseImage.Request, BaseImage>()
    private let sources = Guarded<[String: any ImageSource]>([:])

    /// - Parameter folder: The folder for manifests and configurations, so that they are not fetched again.
    package init(_ stores: any ImageStores, folder: String) {
        self.stores = stores
        self.folder = folder
    }

    package func image(for request: BaseImage.Request) async throws -> BaseImage {
        try await found.value(for: request) { try await self.find(request) }
    }

    /// The source that an image was found in.
    func source(of image: String) -> (any ImageSource)? { sources.withLock { $0[image] } }

    /// The content of a layer of an image that was looked up.
    func blob(_ origin: Snapshot.Origin, progress: @escaping @Sendable (Int) -> Void) async throws -> BlobContent {
        guard let source = source(of: origin.image) else {
            throw ImageError(.failed, "cannot read \(origin.descriptor.digest)", "\(origin.image) was not looked up")
        }
        return BlobContent(origin.descriptor, in: source, progress: progress)
    }

    // MARK: Looking up

    private func find(_ request: BaseImage.Request) async throws -> BaseImage {
        let reference = try Reference(parsing: request.reference)
        let source = try stores.store(at: reference.location)
        sources.withLock { $0[request.reference] = source }
        let top = try await manifests.value(for: request.reference) {
            try await self.top(reference, in: source)
        }
        let content = try await image(in: top, for: request, source)
        let manifest = try content.imageManifest()
        guard MediaType.isImageConfig(manifest.config.mediaType) else {
            throw ImageError(
                .failed, "cannot build on \(request.reference)",
                "it is an artifact of type \(manifest.artifactType ?? manifest.config.mediaType), not an image")
        }
        let bytes = try await kept(manifest.config.digest) {
            try await BlobContent(manifest.config, in: source).bytes()
        }
        return try baseImage(request, content.digest, manifest, bytes)
    }

    private func top(_ reference: Reference, in source: any ImageSource) async throws -> ManifestContent {
        let descriptor: Descriptor
        if let digest = reference.digest {
            descriptor = Descriptor(mediaType: MediaType.anyBytes, digest: digest, size: 0)
        } else {
            descriptor = try await source.resolve(reference.manifestReference)
        }
        return try await manifest(descriptor, in: source)
    }

    /// The manifest for the requested platform, or the only one available.
    private func image(
        in top: ManifestContent, for request: BaseImage.Request, _ source: any ImageSource
    ) async throws -> ManifestContent {
        var content = top
        for _ in 0..<4 where content.isIndex {
            let entries = try content.index().manifests.filter { $0.attestedDigest == nil }
            let platforms = entries.map(\.platform)
            guard let best = request.platform.best(of: platforms) else {
                let known = platforms.compactMap { $0 }.filter { !$0.isUnknown }.map(\.fullDescription)
                throw ImageError(
                    .notFound, "cannot find \(request.platform.fullDescription) in \(request.reference)",
                    known.isEmpty ? "its index names no platform" : "it has \(known.joined(separator: ", "))")
            }
            content = try await manifest(entries[best], in: source)
        }
        return content
    }

    private func manifest(_ descriptor: Descriptor, in source: any ImageSource) async throws -> ManifestContent {
        let bytes = try await kept(descriptor.digest) {
            try await source.manifest(.digest(descriptor.digest)).bytes
        }
        return try ManifestContent(
            bytes: bytes, mediaType: descriptor.mediaType, digest: descriptor.digest, of: source.name)
    }

    private func baseImage(
        _ request: BaseImage.Request, _ digest: Digest, _ manifest: ImageManifest, _ bytes: [UInt8]
    ) throws -> BaseImage {
        let attempt = "cannot build on \(request.reference)"
        let configuration: ImageConfiguration
        do {
            configuration = try ImageConfiguration(json: JSONValue(parsing: bytes))
        } catch {
            throw ImageError(.failed, attempt, "its configuration cannot be read: \(error)")
        }
        let diffIDs = try configuration.diffIDs
        guard diffIDs.count == manifest.layers.count else {
            throw ImageError(
                .verification, attempt,
                "it has \(manifest.layers.count) layers, but its configuration names \(diffIDs.count)")
        }
        return BaseImage(
            name: request.reference, manifest: digest, platform: configuration.platform ?? request.platform,
            configuration: configuration,
            layers: zip(manifest.layers, diffIDs).map { BaseImage.Layer(descriptor: $0, diffID: $1) })
    }

    // MARK: Cached blobs

    /// A small blob, from the folder or from its source. Content of the folder is verified like any other.
    private func kept(_ digest: Digest, reading operation: () async throws -> [UInt8]) async throws -> [UInt8] {
        let path = "\(folder)/\(digest.hex)"
        if let bytes = try? File.read(path, limit: Int(ManifestContent.maximumSize)),
            Digest(of: bytes, algorithm: digest.algorithm) == digest
        {
            try? CacheEntry.noteUse(ofFile: path)
            return bytes
        }
        let bytes = try await operation()
        // If it cannot be saved, it is fetched again next time.
        try? Folder.create(folder, permissions: 0o700)
        try? File.replace(path, with: bytes)
        return bytes
    }
}
