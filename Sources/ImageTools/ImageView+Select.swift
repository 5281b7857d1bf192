internal import Concurrency
package import OCI

extension ImageView {
    /// The best image for a platform; this image itself if it is a single one for that platform.
    ///
    /// Entries with a platform come first, those of this index before those of indexes in it. Only if none fits, the
    /// configurations of entries without a platform are read.
    ///
    /// - Throws: ``ImageError`` of code `notFound` with the available platforms.
    package func selected(for platform: Platform) async throws -> ImageView {
        var view = self
        // An entry may say that it is an image when it is an index.
        for _ in 0..<IndexWalk.maximumDepth {
            let chosen = try await view.selectedDescriptor(for: platform)
            if chosen.digest == view.content.digest { return view }
            view = try await child(chosen)
            if !view.content.isIndex { return view }
        }
        throw missing(platform, of: [])
    }

    /// The descriptor of the image for a platform, with as few requests as possible.
    package func selectedDescriptor(for platform: Platform) async throws -> Descriptor {
        guard content.isIndex else {
            let configured = try await configuredPlatform()
            guard platform.best(of: [configured]) != nil else { throw missing(platform, of: [configured]) }
            return content.descriptor
        }
        var images: [Descriptor] = []
        var walk = IndexWalk(self)
        while let level = try await walk.next(into: { $0.platform == nil || platform.best(of: [$0.platform]) != nil }) {
            let found = level.filter { $0.isImageEntry && !MediaType.isIndex($0.mediaType) }
            if let best = platform.best(of: found.map(\.platform)) { return found[best] }
            images += found
        }
        let unstated = images.filter { $0.platform == nil && MediaType.isImageManifest($0.mediaType) }
        let asked = try await unstated.concurrentMap { entry in
            await Result(awaiting: { try await child(entry).configuredPlatform() })
        }
        if let best = platform.best(of: asked.map { (try? $0.get()) ?? nil }) { return unstated[best] }
        // An entry that could not be read may be the right one.
        throw missing(platform, of: images.map(\.platform) + (try asked.map { try $0.get() }))
    }

    private func missing(_ platform: Platform, of platforms: [Platform?]) -> ImageError {
        let known = platforms.compactMap { $0 }
        return ImageError(
            .notFound, "cannot find \(platform.fullDescription) in \(pinnedName)",
            known.isEmpty ? "it names no platform" : "it has \(known.listing)")
    }

    /// The platforms that the entries of the index and of indexes in it have, in order; that of the configuration for a
    /// single image.
    package func platforms() async throws -> [Platform] {
        guard content.isIndex else { return [try await configuredPlatform()].compactMap { $0 } }
        return try await leaves().filter(\.isImageEntry).compactMap(\.platform)
    }

    /// All images with their platforms: this one itself, or those of the index and of indexes in it.
    ///
    /// For an entry without a platform, its configuration is read; an entry that is not an image is omitted.
    package func images() async throws -> [(platform: Platform, entry: Descriptor)] {
        try await manifests().compactMap { platform, entry in platform.map { ($0, entry) } }
    }

    /// All images as ``images()``, and manifests that are not images, without a platform.
    package func manifests() async throws -> [(platform: Platform?, entry: Descriptor)] {
        guard content.isIndex else { return [(try await configuredPlatform(), content.descriptor)] }
        let entries = try await leaves().filter { $0.isImageEntry && MediaType.isImageManifest($0.mediaType) }
        return try await entries.concurrentMap { entry in
            if let platform = entry.platform { return (platform, entry) }
            return (try await child(entry).configuredPlatform(), entry)
        }
    }

    /// The entries of this index, and the other leaves of indexes in it.
    func everyEntry() async throws -> [Descriptor] {
        let own = try content.index().manifests
        let known = Set(own)
        return own + (try await leaves()).filter { !known.contains($0) }
    }

    /// The entries of this index and of indexes in it that are not indexes, level by level; or this manifest itself.
    ///
    /// - Throws: ``ImageError``, also if indexes are nested too deep.
    func leaves() async throws -> [Descriptor] {
        guard content.isIndex else { return [content.descriptor] }
        var entries: [Descriptor] = []
        var walk = IndexWalk(self)
        while let level = try await walk.next() { entries += level.filter { !MediaType.isIndex($0.mediaType) } }
        if walk.isCutOff {
            throw ImageError(
                .failed, "cannot read \(pinnedName)",
                "indexes are nested more than \(IndexWalk.maximumDepth) deep in it")
        }
        return entries
    }
}

/// A walk through an index and the indexes in it, level by level. Each index is visited once.
private struct IndexWalk {
    static let maximumDepth = 4

    private let top: ImageView
    private var depth = 0
    private var seen: Set<Digest>
    private var below: [Descriptor] = []

    init(_ top: ImageView) {
        self.top = top
        seen = [top.content.digest]
    }

    /// True if indexes are left below the last level.
    var isCutOff: Bool { !below.isEmpty }

    /// The entries of the next level, in order; `nil` after the last level.
    ///
    /// - Parameter isWanted: Returns true for an index to descend into.
    mutating func next(into isWanted: (Descriptor) -> Bool = { _ in true }) async throws -> [Descriptor]? {
        guard depth < Self.maximumDepth, depth == 0 || !below.isEmpty else { return nil }
        let (top, below) = (top, below)
        let indexes = depth == 0 ? [top] : try await below.concurrentMap { try await top.child($0) }
        depth += 1
        let entries = try indexes.flatMap { try $0.content.index().manifests }
        self.below = entries.filter {
            MediaType.isIndex($0.mediaType) && isWanted($0) && seen.insert($0.digest).inserted
        }
        return entries
    }
}

extension Result where Failure == any Error {
    fileprivate init(awaiting operation: () async throws -> Success) async {
        do { self = .success(try await operation()) } catch { self = .failure(error) }
    }
}
