internal import Concurrency
internal import JSON
package import OCI

/// An index that is built step by step on this machine and then pushed, as with `docker manifest`.
///
/// Until then, its images stay where they are, in registries, layouts or the local store.
package struct ManifestList: Sendable {
    package private(set) var content: ManifestContent
    /// The references of the entries, by the names that were given, with the digests that were found.
    package private(set) var sources: [Digest: Reference]

    /// - Parameter sources: See ``sources``.
    package init(_ content: ManifestContent, sources: [Digest: Reference]) {
        self.content = content
        self.sources = sources
    }

    /// Creates a list of images, in order. An index among them contributes its entries.
    ///
    /// - Throws: ``ImageError``.
    package init(of images: [Reference], in stores: any ImageStores) async throws {
        let cache = ImageCache()
        let views = try await images.concurrentMap { try await Self.view(of: $0, in: stores, cache) }
        var creation = IndexCreation()
        creation.sources = views.map { .reference($0.reference.pinned(to: $0.content.digest)) }
        // The platforms of images may be wrong, and are corrected afterwards.
        creation.onConflict = .both
        creation.findsAttestations = false
        content = try await creation.plan(in: stores, cache: cache).content
        sources = [:]
        for view in views {
            let pinned = view.reference.pinned(to: view.content.digest)
            for entry in try view.entries() where sources[entry.digest] == nil { sources[entry.digest] = pinned }
        }
    }

    /// Reads an image; one that is not in its registry may be in the local store, waiting to be pushed.
    private static func view(
        of image: Reference, in stores: any ImageStores, _ cache: ImageCache
    ) async throws -> ImageView {
        do {
            return try await ImageView.load(image, from: stores, cache: cache)
        } catch let error as ImageError where error.code == .notFound || error.code == .denied {
            guard case .repository(let repository) = image.location else { throw error }
            let stored = Reference(.stored(repository), tag: image.tag, digest: image.digest)
            guard let view = try? await ImageView.load(stored, from: stores, cache: cache) else { throw error }
            return view
        }
    }

    /// Adds the images of another list. Images of a name that is already listed replace the old ones.
    ///
    /// - Throws: ``ImageError``.
    package mutating func add(_ other: ManifestList) throws {
        var edit = try IndexEdit(content)
        let old = try edit.entries
        let added = try other.content.index().manifests
        let renewed = Set(other.sources.values.map(\.listedName))
        var pending = added
        var entries: [Descriptor] = []
        for entry in old {
            let name = sources[entry.digest]?.listedName
            guard let name, renewed.contains(name) else {
                if !added.contains(where: { $0.digest == entry.digest }) { entries.append(entry) }
                continue
            }
            entries += pending.filter { other.sources[$0.digest]?.listedName == name }
            pending.removeAll { other.sources[$0.digest]?.listedName == name }
        }
        entries += pending
        edit.replaceEntries(with: entries)
        content = try edit.finished()
        let present = Set(entries.map(\.digest))
        sources = sources.merging(other.sources) { $1 }.filter { present.contains($0.key) }
    }

    /// Changes the platform of an image in the list.
    ///
    /// - Throws: ``ImageError``; of code `notFound` if the image is not in the list.
    package mutating func annotate(_ image: Reference, _ change: PlatformChange, of name: String) throws {
        let attempt = "cannot annotate \(image) in \(name)"
        var edit = try IndexEdit(content)
        let entries = try edit.entries
        let meant = Set(try digests(of: image, attempt)).intersection(entries.filter(\.isImageEntry).map(\.digest))
        guard meant.count == 1 else {
            throw ImageError(
                .usage, attempt, "it has images for several platforms", advice: "name one of them by its digest")
        }
        edit.changeEntries { position, entry in
            if meant.contains(entries[position].digest) { change.apply(to: &entry) }
        }
        content = try edit.finished()
    }

    /// The manifest of an image in the list.
    ///
    /// - Throws: ``ImageError``; of code `notFound` if it is not in the list.
    package func manifest(
        of image: Reference, of name: String, in stores: any ImageStores
    ) async throws -> (entry: Descriptor, content: ManifestContent) {
        let attempt = "cannot find \(image) in \(name)"
        let digests = Set(try digests(of: image, attempt))
        guard let entry = try content.index().manifests.first(where: { digests.contains($0.digest) }),
            let source = sources[entry.digest]
        else { throw ImageError(.notFound, attempt, "it is not in the list") }
        return (entry, try await stores.source(at: source.location).manifest(.digest(entry.digest)))
    }

    /// The entries from an image, or the one with the reference's digest.
    private func digests(of image: Reference, _ attempt: String) throws(ImageError) -> [Digest] {
        let found = sources.filter { digest, source in
            if let wanted = image.digest { return digest == wanted || source.digest == wanted }
            return source.listedName == image.listedName
        }
        guard !found.isEmpty else {
            let names = Set(sources.values.map(\.listedName)).sorted().joined(separator: ", ")
            throw ImageError(.notFound, attempt, "it is not in the list", advice: "there is \(names)")
        }
        return Array(found.keys)
    }

    /// Copies missing content to the target and writes the list there.
    ///
    /// - Throws: ``ImageError``.
    package func push(
        to target: Reference, in stores: any ImageStores, observer: any TransferObserver
    ) async throws {
        let destination = try stores.destination(at: target.location)
        try destination.checkFit(of: content)
        let copier = ImageCopier(to: destination, observer: observer, cache: ImageCache())
        let entries = try content.index().manifests.map { entry in
            guard let source = sources[entry.digest] else {
                throw ImageError(.failed, "cannot push \(target)", "the location of \(entry.digest) is unknown")
            }
            return (entry, try stores.source(at: source.location))
        }
        try await copier.copy(entries: entries.filter { $0.1.name != destination.name })
        try await copier.write(content, as: .tag(target.tag ?? Reference.defaultTag))
    }
}

extension Reference {
    /// The name of an image in a list, independent of where it was found.
    fileprivate var listedName: String {
        var named = location
        if let repository = named.repository { named = .repository(repository) }
        let tag = tag ?? (digest == nil ? Self.defaultTag : nil)
        return tag.map { "\(named):\($0)" } ?? Reference(named, digest: digest).description
    }
}

extension IndexEdit {
    /// Replaces all entries; unchanged ones keep their JSON. A Docker manifest list with entries of other types becomes
    /// an image index.
    fileprivate mutating func replaceEntries(with entries: [Descriptor]) {
        change { index in
            let old = index["manifests"]?.array ?? []
            let known = Dictionary(
                old.map { ($0["digest"]?.string ?? "", $0) }, uniquingKeysWith: { first, _ in first })
            index["manifests"] = .array(
                entries.map { entry in
                    let json = known[entry.digest.description]
                    return json.flatMap { (try? Descriptor(json: $0, at: .root)) == entry ? $0 : nil } ?? entry.json
                })
            let isDocker = entries.allSatisfy { MediaType.isDocker($0.mediaType) }
            if !isDocker { index["mediaType"] = .string(MediaType.ociIndex) }
        }
    }
}
