internal import JSON
package import OCI

/// Combines the entries of several sources to an index, without reading anything.
package struct IndexAssembly: Sendable {
    /// A source: its content, and its entry if it is a single manifest.
    package struct Source: Sendable {
        /// The name for messages.
        let name: String
        let content: ManifestContent
        let entry: Descriptor
        /// The entries to use instead of those of an index.
        let entries: [Descriptor]?
        /// True if the user specified the platform; otherwise it was read from the configuration.
        let statesPlatform: Bool
        /// True for the current content of the tag, parts of which other sources may replace.
        let isBase: Bool

        package init(
            name: String, content: ManifestContent, entry: Descriptor, entries: [Descriptor]? = nil,
            statesPlatform: Bool = false, isBase: Bool = false
        ) {
            self.name = name
            self.content = content
            self.entry = entry
            self.entries = entries
            self.statesPlatform = statesPlatform
            self.isBase = isBase
        }
    }

    private struct Slot {
        var entry: Descriptor
        let source: Int
        /// The platform of the image, in the form for comparisons.
        let platform: Platform?

        init(entry: Descriptor, source: Int) {
            self.entry = entry
            self.source = source
            platform = entry.imagePlatform?.identity
        }
    }

    private let sources: [Source]
    private let onConflict: ConflictRule?
    private let keepsDuplicates: Bool
    /// Entries that were dropped along with their attestations.
    private var dropped: Set<String> = []
    private var slots: [Slot] = []
    private var index = Index(mediaType: MediaType.ociIndex)
    private var isAnnotated = false
    /// Irregularities to report to the user.
    package private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - onConflict: The treatment of different images for one platform in two sources. By default it is an error, except
    ///     that the current content of the tag is replaced.
    ///   - keepsDuplicates: True to keep an entry for each occurrence of a digest, instead of merging them.
    /// - Throws: ``ImageError`` if a source cannot be read, or two sources have different images for one platform.
    package init(
        _ sources: [Source], onConflict: ConflictRule? = nil, keepsDuplicates: Bool = false
    ) throws(ImageError) {
        self.sources = sources
        self.onConflict = onConflict
        self.keepsDuplicates = keepsDuplicates
        for (position, source) in sources.enumerated() {
            guard source.content.isIndex else {
                try add(source.entry, from: position)
                continue
            }
            let other = try source.content.index()
            for entry in source.entries ?? other.manifests { try add(entry, from: position) }
            unite(with: other, from: position)
        }
        dropStrayAttestations()
        dropDisagreements()
    }

    // MARK: Entries

    private mutating func add(_ entry: Descriptor, from source: Int) throws(ImageError) {
        if !keepsDuplicates, let known = slots.firstIndex(where: { $0.entry.digest == entry.digest }) {
            // A platform read from a configuration is less specific than that of an existing entry.
            let isStated = sources[source].content.isIndex || sources[source].statesPlatform
            let platforms = [slots[known].entry.platform, entry.platform]
            var both = slots[known].entry
            both.platform = (isStated ? platforms.reversed() : platforms).compactMap { $0 }.first
            both.annotations.merge(entry.annotations) { _, new in new }
            slots[known] = Slot(entry: both, source: slots[known].source)
            return
        }
        let slot = Slot(entry: entry, source: source)
        let rival = slot.platform.flatMap { platform in
            slots.firstIndex { $0.source != source && $0.platform == platform }
        }
        guard let rival else { return slots.append(slot) }
        switch onConflict ?? (sources[slots[rival].source].isBase ? .replace : .error) {
        case .replace: replace(rival, with: slot)
        case .keep: dropped.insert(entry.digest.description)
        case .both: slots.append(slot)
        case .error: throw conflict(of: slots[rival], and: slot)
        }
    }

    private func conflict(of first: Slot, and second: Slot) -> ImageError {
        ImageError(
            .failed, "cannot put two images of \(second.entry.platform?.fullDescription ?? "") into one index",
            "\(sources[first.source].name) has \(first.entry.digest), "
                + "\(sources[second.source].name) has \(second.entry.digest)",
            advice: "--on-conflict=replace, keep or both resolves the conflict")
    }

    /// Replaces an entry, and removes its attestations and all other entries for its platform.
    private mutating func replace(_ rival: Int, with new: Slot) {
        let rivals = slots.indices.filter { slots[$0].source != new.source && slots[$0].platform == new.platform }
        dropped.formUnion(rivals.map { slots[$0].entry.digest.description })
        slots[rival] = new
        for other in rivals.reversed() where other != rival { slots.remove(at: other) }
    }

    private mutating func dropStrayAttestations() {
        let gone = dropped.subtracting(slots.map(\.entry.digest.description))
        if gone.isEmpty { return }
        slots.removeAll { $0.entry.attestedDigest.map(gone.contains) ?? false }
    }

    // MARK: The index itself

    private mutating func unite(with other: Index, from source: Int) {
        let isFirstIndex = !sources[..<source].contains { $0.content.isIndex }
        for (key, value) in other.annotations.sorted(by: { $0.key < $1.key }) {
            if let known = index.annotations[key], known != value, !sources[0].isBase {
                warnings.append("the sources disagree on the annotation \(key); \"\(known)\" of the first is kept")
            }
            if index.annotations[key] == nil { index.annotations[key] = value }
        }
        for member in other.other where !index.other.contains(where: { $0.name == member.name }) {
            index.other.append(member)
        }
        if isFirstIndex { index.schemaVersion = other.schemaVersion == 0 ? 2 : other.schemaVersion }
    }

    /// Keeps subject and artifact type if all sources that have one agree; those of the tag's current content always
    /// stay.
    private mutating func dropDisagreements() {
        let indexes = sources.filter(\.content.isIndex).compactMap { source in
            (try? source.content.index()).map { (source, $0) }
        }
        if let base = indexes.first(where: { $0.0.isBase }) {
            index.subject = base.1.subject
            index.artifactType = base.1.artifactType
            return
        }
        let subjects = indexes.compactMap(\.1.subject)
        if Set(subjects.map(\.digest)).count <= 1 {
            index.subject = subjects.first
        } else {
            warnings.append("the sources have different subjects; the new index has none")
        }
        let types = indexes.compactMap(\.1.artifactType)
        if Set(types).count <= 1 {
            index.artifactType = types.first
        } else {
            warnings.append("the sources have different artifact types; the new index has none")
        }
    }

    // MARK: Selecting

    /// Keeps the entries for some platforms, their attestations, and entries without a platform.
    ///
    /// - Parameter configured: The platforms of images whose entries have none.
    /// - Throws: ``ImageError`` of code `notFound` for a platform without an entry.
    package mutating func keep(
        _ platforms: [Platform], configured: [Digest: Platform] = [:]
    ) throws(ImageError) {
        func described(_ slot: Slot) -> Descriptor {
            var entry = slot.entry
            if entry.isImageEntry { entry.platform = entry.platform ?? configured[entry.digest] }
            return entry
        }
        for platform in platforms where !slots.contains(where: { described($0).isImage(for: platform) }) {
            let known = slots.compactMap { described($0).imagePlatform }
            throw ImageError(
                .notFound, "cannot find \(platform.fullDescription) in the sources",
                known.isEmpty ? "they name no platform" : "they have \(known.listing)")
        }
        let kept = slots.filter { slot in
            let entry = described(slot)
            return !entry.isAttestation && (entry.platform == nil || platforms.contains { entry.isImage(for: $0) })
        }
        let digests = Set(kept.map(\.entry.digest.description))
        slots = slots.filter { slot in
            digests.contains(slot.entry.attestedDigest ?? slot.entry.digest.description)
        }
    }

    /// Adds an attestation of a listed image at the end.
    package mutating func add(_ attestation: Descriptor) {
        guard !slots.contains(where: { $0.entry.digest == attestation.digest }) else { return }
        slots.append(Slot(entry: attestation, source: sources.count))
    }

    // MARK: Ordering

    /// Sorts the entries. By platform, the index does not depend on the order of the sources, provided that they do not
    /// conflict.
    package mutating func sort(by order: EntryOrder) {
        guard order != .source else { return }
        let sources = Dictionary(uniqueKeysWithValues: slots.map { ($0.entry.digest, $0.source) })
        slots = order.sorted(entries).map { Slot(entry: $0, source: sources[$0.digest] ?? 0) }
        index.other = JSONObject(index.other).sorted.members
    }

    // MARK: Annotating

    /// Adds annotations.
    ///
    /// - Throws: ``ImageError`` of code `notFound` if no entry has the platform of an annotation.
    package mutating func annotate(_ rules: [AnnotationRule]) throws(ImageError) {
        isAnnotated = isAnnotated || !rules.isEmpty
        for rule in rules {
            for target in rule.targets {
                switch target {
                case .index: index.annotations[rule.key] = rule.value
                case .manifestDescriptor(let platform): try annotateEntries(of: platform, rule)
                case .manifest: break
                }
            }
        }
    }

    private mutating func annotateEntries(of platform: Platform?, _ rule: AnnotationRule) throws(ImageError) {
        let chosen = slots.indices.filter { position in
            guard let platform else { return true }
            let entry = slots[position].entry
            return platform.isUnknown ? entry.platform?.isUnknown == true : entry.isImage(for: platform)
        }
        if let platform, chosen.isEmpty {
            throw ImageError(
                .notFound, "cannot annotate \(platform.fullDescription) with \(rule.key)", "there is no such entry")
        }
        for position in chosen { slots[position].entry.annotations[rule.key] = rule.value }
    }

    // MARK: The result

    /// The entries, in order.
    package var entries: [Descriptor] { slots.map(\.entry) }

    /// The finished index: a Docker manifest list if all entries have Docker's types and nothing else requires an image
    /// index, else an image index.
    package mutating func finished() throws(ImageError) -> ManifestContent {
        guard !slots.isEmpty else {
            throw ImageError(.failed, "cannot make an index", "it would be empty")
        }
        index.manifests = entries
        let allDocker = index.manifests.allSatisfy { MediaType.isDocker($0.mediaType) }
        let isPlain =
            index.annotations.isEmpty && index.subject == nil && index.artifactType == nil
            && index.manifests.allSatisfy { $0.annotations.isEmpty && $0.artifactType == nil }
        index.mediaType = allDocker && isPlain && !isAnnotated ? MediaType.dockerList : MediaType.ociIndex
        if allDocker, isAnnotated {
            warnings.append("Docker manifest lists have no annotations, so the result is an OCI image index")
        }
        return ManifestContent(index)
    }
}
