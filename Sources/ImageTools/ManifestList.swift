internal import Concurrency
internal import JSON
package import OCI

/// An index that is built step by step on this machine and then pushed, as with `docker manifest`.
///
/// Until then, its images stay where they are, in registries, layouts or the local store.
package struct ManifestList: Sendable {
    package private(set) var content: ManifestContent
    /// The references of the entries, in their order, by the names that were given, with the digests that were found.
    package private(set) var sources: [Reference]

    /// - Parameter sources: See ``sources``; one for each entry of the content.
    package init(_ content: ManifestContent, sources: [Reference]) {
        self.content = content
        self.sources = sources
    }

    /// Creates a list of images, in order. An index among them contributes its entries. An image of several names has an
    /// entry for each.
    ///
    /// - Throws: ``ImageError``.
    package init(of images: [Reference], in stores: any ImageStores) async throws {
        let cache = ImageCache()
        var names: Set<String> = []
        let named = images.filter { names.insert($0.listedName).inserted }
        let views = try await named.concurrentMap { try await Self.view(of: $0, in: stores, cache) }
        var creation = IndexCreation()
        creation.sources = views.map { .reference($0.reference.pinned(to: $0.content.digest)) }
        // The platforms of images may be wrong, and are corrected afterwards.
        creation.onConflict = .both
        creation.keepsDuplicates = true
        creation.findsAttestations = false
        content = try await creation.plan(in: stores, cache: cache).content
        sources = []
        for view in views {
            let pinned = view.reference.pinned(to: view.content.digest)
            sources += try view.entries().map { _ in pinned }
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
        var pending = Array(zip(try other.content.index().manifests, other.sources))
        let renewed = Set(other.sources.map(\.listedName))
        var entries: [(Descriptor, Reference)] = []
        for (entry, source) in zip(try edit.entries, sources) {
            guard renewed.contains(source.listedName) else {
                entries.append((entry, source))
                continue
            }
            entries += pending.filter { $0.1.listedName == source.listedName }
            pending.removeAll { $0.1.listedName == source.listedName }
        }
        entries += pending
        edit.replaceEntries(with: entries.map(\.0))
        content = try edit.finished()
        sources = entries.map(\.1)
    }

    /// Changes the platform of an image in the list.
    ///
    /// - Throws: ``ImageError``; of code `notFound` if the image is not in the list.
    package mutating func annotate(_ image: Reference, _ change: PlatformChange, of name: String) throws {
        let attempt = "cannot annotate \(image) in \(name)"
        var edit = try IndexEdit(content)
        let entries = try edit.entries
        let meant = try positions(of: image, attempt).filter { entries[$0].isImageEntry }
        guard meant.count == 1 else {
            throw ImageError(
                .usage, attempt, "it has images for several platforms", advice: "name one of them by its digest")
        }
        edit.changeEntries { position, entry in
            if meant.contains(position) { change.apply(to: &entry) }
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
        guard let position = try positions(of: image, attempt).first else {
            throw ImageError(.notFound, attempt, "it is not in the list")
        }
        return try await manifest(at: position, in: stores)
    }

    /// The manifest of an entry.
    ///
    /// - Throws: ``ImageError``.
    package func manifest(
        at position: Int, in stores: any ImageStores
    ) async throws -> (entry: Descriptor, content: ManifestContent) {
        let entry = try content.index().manifests[position]
        let store = try stores.source(at: sources[position].location)
        return (entry, try await store.manifest(.digest(entry.digest)))
    }

    /// The positions of the entries from an image, or of those with the reference's digest.
    private func positions(of image: Reference, _ attempt: String) throws -> [Int] {
        let entries = try content.index().manifests
        let found = entries.indices.filter { position in
            guard let wanted = image.digest else { return sources[position].listedName == image.listedName }
            return entries[position].digest == wanted || sources[position].digest == wanted
        }
        guard !found.isEmpty else {
            let names = Set(sources.map(\.listedName)).sorted().joined(separator: ", ")
            throw ImageError(.notFound, attempt, "it is not in the list", advice: "there is \(names)")
        }
        return found
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
        let entries = try zip(try content.index().manifests, sources).map { entry, source in
            (entry, try stores.source(at: source.location))
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
