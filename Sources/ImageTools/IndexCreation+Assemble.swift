internal import Concurrency
internal import OCI

extension IndexCreation {
    /// A source that has been read.
    struct Part: Sendable {
        var view: ImageView
        /// The descriptor given on the command line.
        var entry: Descriptor?
        var isBase = false
        /// The original content, if it was converted.
        var original: ManifestContent?
        var draft: ImageDraft?
    }

    func readSources(from stores: any ImageStores, _ cache: ImageCache) async throws -> [Part] {
        let references = try sources.map { source throws(ImageError) in try reference(of: source) }
        let distinct = Array(Set(references))
        let read = try await distinct.concurrentMap { reference in
            let view = try await ImageView.load(reference, from: stores, cache: cache)
            guard asksForPlatform(of: view.content) else { return view }
            // Read the configuration right away, concurrently with other sources, and attestations at the same time.
            async let platform = view.configuredPlatform()
            if looksForAttestations { _ = try? await cache.referrers(of: view.content.digest, in: view.source) }
            _ = try await platform
            return view
        }
        let views = Dictionary(uniqueKeysWithValues: zip(distinct, read))
        let parts = zip(sources, references).compactMap { source, reference in
            views[reference].map { view in
                if case .descriptor(let entry) = source { Part(view: view, entry: entry) } else { Part(view: view) }
            }
        }
        return try await parts.concurrentMap(converted)
    }

    /// Returns true if the source becomes an entry whose platform was not specified.
    private func asksForPlatform(of content: ManifestContent) -> Bool {
        let becomesEntry = prefersIndex || appends || sources.count > 1 || !annotations.isEmpty
        let isStated = sources.contains { source in
            guard case .descriptor(let entry) = source, entry.digest == content.digest else { return false }
            return entry.platform?.isComplete ?? false
        }
        return !content.isIndex && becomesEntry && !isStated
    }

    /// The reference of a source: bare digests and descriptors belong to the only repository that is named.
    private func reference(of source: Source) throws(ImageError) -> Reference {
        let digest: Digest
        switch source {
        case .reference(let reference): return reference
        case .template(let template):
            throw ImageError(
                .usage, "cannot use \(template) as a source", "it needs platforms",
                advice: "name them with --wait-for linux/amd64,…")
        case .digest(let bare): digest = bare
        case .descriptor(let descriptor): digest = descriptor.digest
        }
        var locations: [Reference.Location] = []
        for location in tags.map(\.location) + sources.compactMap(\.location) where !locations.contains(location) {
            locations.append(location)
        }
        guard locations.count == 1, let location = locations.first else {
            throw ImageError(
                .usage, "cannot find \(digest)",
                locations.isEmpty ? "no repository is named" : "\(locations.count) repositories are named",
                advice: "write it with its repository, as in registry/repo@\(digest.short)…")
        }
        return Reference(location, digest: digest)
    }

    /// The only source, if it stays as it is.
    func unchanged(_ parts: [Part]) -> Part? {
        guard parts.count == 1, let part = parts.first, annotations.isEmpty else { return nil }
        guard part.view.content.isIndex else {
            let alone = !prefersIndex && part.entry == nil && platforms.isEmpty
            return alone ? part : nil
        }
        guard let index = try? part.view.content.index() else { return nil }
        // Nested indexes have to be filtered, too.
        if !platforms.isEmpty, index.manifests.contains(where: { MediaType.isIndex($0.mediaType) }) { return nil }
        let keepsEvery = index.images.allSatisfy { entry in
            entry.platform.map { platform in platforms.contains { $0.matches(platform) } } ?? true
        }
        let hasEach = platforms.allSatisfy { wanted in
            index.images.contains { $0.isImage(for: wanted) }
        }
        guard order.sorted(index.manifests) == index.manifests else { return nil }
        return platforms.isEmpty || keepsEvery && hasEach ? part : nil
    }

    // MARK: Assembling

    func assemble(_ parts: [Part], base: ManifestContent?, _ cache: ImageCache) async throws -> Plan {
        let sources = try await parts.concurrentMap { part in
            IndexAssembly.Source(
                name: part.view.reference.description, content: part.view.content,
                entry: try await entry(for: part), entries: try await entries(of: part),
                statesPlatform: part.entry?.platform != nil, isBase: part.isBase)
        }
        var assembly = try IndexAssembly(sources, onConflict: onConflict, keepsDuplicates: keepsDuplicates)
        if !platforms.isEmpty { try assembly.keep(platforms, configured: try await configuredPlatforms(in: parts)) }
        try assembly.annotate(annotations)
        var warnings = parts.flatMap { $0.draft?.warnings ?? [] }
        var found: [(entry: Descriptor, source: any ImageSource)] = []
        do {
            found = try await foundAttestations(of: parts, in: assembly, cache)
        } catch let error as ImageError where error.code != .verification {
            // Not every registry lets everybody list referrers, and the images themselves are complete.
            warnings.append("attestations that refer to the sources are not listed: \(error.reason)")
        }
        for (attestation, _) in found { assembly.add(attestation) }
        assembly.sort(by: order)
        let content = try conversion.mediaTypes.converted(assembly.finished())
        var stores: [Digest: any ImageSource] = [:]
        for part in parts.reversed() {
            for entry in try await entries(of: part) ?? part.view.entries() { stores[entry.digest] = part.view.source }
        }
        for (attestation, source) in found where stores[attestation.digest] == nil {
            stores[attestation.digest] = source
        }
        let origins = assembly.entries.compactMap { entry in stores[entry.digest].map { (entry, $0) } }
        let held = base.flatMap { Self.saysTheSame($0, content) ? $0 : nil } ?? content
        return Plan(
            content: held, origins: origins, base: base,
            warnings: warnings + assembly.warnings, cache: cache,
            rewrites: parts.flatMap { $0.rewrites(in: held, listing: assembly.entries) })
    }

    /// The platforms of the images whose entries have none.
    private func configuredPlatforms(in parts: [Part]) async throws -> [Digest: Platform] {
        var unstated: [(view: ImageView, entry: Descriptor)] = []
        for part in parts {
            let entries = try await entries(of: part) ?? []
            unstated += entries.filter {
                $0.isImageEntry && $0.platform == nil && MediaType.isImageManifest($0.mediaType)
            }.map { (view: part.view, entry: $0) }
        }
        let found = try await unstated.concurrentMap { view, entry in
            (entry.digest, try await view.child(entry).configuredPlatform())
        }
        return Dictionary(found.compactMap { digest, platform in platform.map { (digest, $0) } }) { first, _ in first }
    }

    private var looksForAttestations: Bool {
        findsAttestations && conversion.attestations == .keep && conversion.mediaTypes != .docker
    }

    /// The attestations that refer to single images among the sources and are not listed, as entries of the index. If
    /// several attest one image, the first is used.
    private func foundAttestations(
        of parts: [Part], in assembly: IndexAssembly, _ cache: ImageCache
    ) async throws -> [(entry: Descriptor, source: any ImageSource)] {
        guard looksForAttestations else { return [] }
        let attested = Set(assembly.entries.compactMap(\.attestedDigest))
        let listed = Set(assembly.entries.filter(\.isImageEntry).map(\.digest))
        let images = parts.filter { part in
            let content = part.view.content
            return !content.isIndex && !part.isBase && part.original == nil && listed.contains(content.digest)
                && !attested.contains(content.digest.description)
        }
        return try await images.concurrentMap { part in
            let image = part.view.content.digest
            let found = try await cache.referrers(of: image, in: part.view.source)
            return found.first { $0.artifactType == AttestationRule.artifactType }.map {
                (AttestationRule.entry($0, attesting: image), part.view.source)
            }
        }.compactMap { $0 }
    }

    /// The entries of a source including those of nested indexes, if entries are selected by platform; else `nil`.
    private func entries(of part: Part) async throws -> [Descriptor]? {
        platforms.isEmpty || !part.view.content.isIndex ? nil : try await part.view.leaves()
    }

    /// Returns true if two indexes differ only in the layout of their JSON, so that the old one can stay.
    private static func saysTheSame(_ old: ManifestContent, _ new: ManifestContent) -> Bool {
        guard old.mediaType == new.mediaType, var before = try? old.index(), let after = try? new.index() else {
            return false
        }
        before.mediaType = before.mediaType ?? old.mediaType
        return before == after
    }

    /// The entry for a single manifest: the descriptor given on the command line, completed from the image's
    /// configuration.
    private func entry(for part: Part) async throws -> Descriptor {
        var entry = part.view.content.descriptor
        if part.view.content.isIndex { return entry }
        if let given = part.entry {
            let mediaType = given.mediaType.isEmpty ? entry.mediaType : given.mediaType
            let size = entry.size
            entry = given
            (entry.mediaType, entry.size) = (mediaType, size)
        }
        if entry.artifactType == nil { entry.artifactType = part.view.content.artifactType }
        guard entry.platform?.isComplete != true, let configured = try await part.view.configuredPlatform() else {
            return entry
        }
        guard var platform = entry.platform else {
            entry.platform = configured
            return entry
        }
        if platform.architecture.isEmpty {
            platform.architecture = configured.architecture
            platform.variant = platform.variant ?? configured.variant
        }
        if platform.os.isEmpty { platform.os = configured.os }
        entry.platform = platform
        return entry
    }
}

extension Platform {
    /// True if the platform has all fields that an entry needs.
    fileprivate var isComplete: Bool { !os.isEmpty && !architecture.isEmpty }
}

extension IndexCreation.Source {
    fileprivate var location: Reference.Location? {
        if case .reference(let reference) = self { reference.location } else { nil }
    }

    /// True for an image in a registry.
    var isInRegistry: Bool { if case .repository? = location { true } else { false } }
}

extension ImageView {
    /// The entries of this index, or an entry for this manifest.
    func entries() throws(ImageError) -> [Descriptor] {
        content.isIndex ? try content.index().manifests : [content.descriptor]
    }
}
