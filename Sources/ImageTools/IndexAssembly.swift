internal import JSON
package import OCI

/// Puts the entries of an index together from several sources. Pure: everything has been read before.
package struct IndexAssembly: Sendable {
    /// One source: its content, and the entry that it becomes when it is a single manifest.
    package struct Source: Sendable {
        /// What it is called in messages.
        let name: String
        let content: ManifestContent
        let entry: Descriptor
        /// Whether the user said which platform the entry is for; otherwise it was found out.
        let statesPlatform: Bool
        /// Whether it is what the tag holds already, so that the others may replace parts of it.
        let isBase: Bool

        package init(
            name: String, content: ManifestContent, entry: Descriptor, statesPlatform: Bool = false,
            isBase: Bool = false
        ) {
            self.name = name
            self.content = content
            self.entry = entry
            self.statesPlatform = statesPlatform
            self.isBase = isBase
        }
    }

    private struct Place {
        var entry: Descriptor
        let source: Int
        /// The platform that it is an image for, in the form that is compared.
        let platform: Platform?

        init(entry: Descriptor, source: Int) {
            self.entry = entry
            self.source = source
            let isImage = entry.attestedDigest == nil && entry.platform?.isUnknown != true
            platform = isImage ? entry.platform?.identity : nil
        }
    }

    private let sources: [Source]
    private let onConflict: ConflictRule?
    /// Entries that were left out, whose attestations are left out as well.
    private var dropped: Set<String> = []
    private var places: [Place] = []
    private var index = Index(mediaType: MediaType.ociIndex)
    private var isAnnotated = false
    /// What the user should know about, though it is no error.
    package private(set) var warnings: [String] = []

    /// - Parameter onConflict: What becomes of different images for one platform in two sources. Without a rule they are
    ///   an error, except that what the tag holds already is replaced.
    /// - Throws: ``ImageError`` when a source cannot be read, or two sources have different images of one platform.
    package init(_ sources: [Source], onConflict: ConflictRule? = nil) throws(ImageError) {
        self.sources = sources
        self.onConflict = onConflict
        for (position, source) in sources.enumerated() {
            guard source.content.isIndex else {
                try add(source.entry, from: position)
                continue
            }
            let other = try source.content.index()
            for entry in other.manifests { try add(entry, from: position) }
            unite(with: other, from: position)
        }
        dropStrayAttestations()
        dropDisagreements()
    }

    // MARK: Entries

    private mutating func add(_ entry: Descriptor, from source: Int) throws(ImageError) {
        if let known = places.firstIndex(where: { $0.entry.digest == entry.digest }) {
            // What was found out about a platform is less than what an entry says that exists.
            let isStated = sources[source].content.isIndex || sources[source].statesPlatform
            let platforms = [places[known].entry.platform, entry.platform]
            var both = places[known].entry
            both.platform = (isStated ? platforms.reversed() : platforms).compactMap { $0 }.first
            both.annotations.merge(entry.annotations) { _, new in new }
            places[known] = Place(entry: both, source: places[known].source)
            return
        }
        let place = Place(entry: entry, source: source)
        let rival = place.platform.flatMap { platform in
            places.firstIndex { $0.source != source && $0.platform == platform }
        }
        guard let rival else { return places.append(place) }
        switch onConflict ?? (sources[places[rival].source].isBase ? .replace : .error) {
        case .replace: replace(rival, with: place)
        case .keep: dropped.insert(entry.digest.description)
        case .both: places.append(place)
        case .error: throw conflict(of: places[rival], and: place)
        }
    }

    private func conflict(of first: Place, and second: Place) -> ImageError {
        ImageError(
            .failed, "cannot put two images of \(second.entry.platform?.fullDescription ?? "") into one index",
            "\(sources[first.source].name) has \(first.entry.digest), "
                + "\(sources[second.source].name) has \(second.entry.digest)",
            advice: "--on-conflict=replace, keep or both says what becomes of them")
    }

    /// Puts an entry in the place of another. Attestations of what it replaces go, and so does what else was there for
    /// its platform.
    private mutating func replace(_ rival: Int, with new: Place) {
        let rivals = places.indices.filter { places[$0].source != new.source && places[$0].platform == new.platform }
        dropped.formUnion(rivals.map { places[$0].entry.digest.description })
        places[rival] = new
        for other in rivals.reversed() where other != rival { places.remove(at: other) }
    }

    private mutating func dropStrayAttestations() {
        let gone = dropped.subtracting(places.map(\.entry.digest.description))
        if gone.isEmpty { return }
        places.removeAll { $0.entry.attestedDigest.map(gone.contains) ?? false }
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

    /// Subject and artifact type are kept when all sources that have one agree; those of what a tag holds are kept
    /// anyway.
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

    // MARK: Choosing

    /// Keeps the entries of some platforms, their attestations, and entries that name no platform.
    ///
    /// - Throws: ``ImageError`` of code `notFound` for a platform that no entry is for.
    package mutating func keep(_ platforms: [Platform]) throws(ImageError) {
        for platform in platforms where !places.contains(where: { $0.entry.isImage(for: platform) }) {
            let known = places.compactMap(\.entry.platform).filter { !$0.isUnknown }
            throw ImageError(
                .notFound, "cannot find \(platform.fullDescription) in the sources",
                known.isEmpty ? "they name no platform" : "they have \(known.listing)")
        }
        let kept = places.filter { place in
            place.entry.attestedDigest == nil
                && (place.entry.platform == nil || platforms.contains { place.entry.isImage(for: $0) })
        }
        let digests = Set(kept.map(\.entry.digest.description))
        places = places.filter { place in
            digests.contains(place.entry.attestedDigest ?? place.entry.digest.description)
        }
    }

    // MARK: Ordering

    /// Brings the entries into an order. By platform, nothing in the index depends on the order of the sources any more,
    /// as long as they do not contradict each other.
    package mutating func sort(by order: EntryOrder) {
        guard order != .source else { return }
        let sources = Dictionary(uniqueKeysWithValues: places.map { ($0.entry.digest, $0.source) })
        places = order.sorted(entries).map { Place(entry: $0, source: sources[$0.digest] ?? 0) }
        index.other = JSONObject(index.other).sorted.members
    }

    // MARK: Annotating

    /// Adds annotations.
    ///
    /// - Throws: ``ImageError`` of code `notFound` when no entry is of the platform that an annotation is for.
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
        let chosen = places.indices.filter { position in
            platform.map { places[position].entry.isImage(for: $0) } ?? true
        }
        if let platform, chosen.isEmpty {
            throw ImageError(
                .notFound, "cannot annotate \(platform.fullDescription) with \(rule.key)", "there is no such entry")
        }
        for position in chosen { places[position].entry.annotations[rule.key] = rule.value }
    }

    // MARK: The result

    /// The entries in their order.
    package var entries: [Descriptor] { places.map(\.entry) }

    /// The finished index: a Docker manifest list when every entry is of Docker's types and nothing is said that such a
    /// list cannot say, else an image index.
    package mutating func finished() throws(ImageError) -> ManifestContent {
        guard !places.isEmpty else {
            throw ImageError(.failed, "cannot make an index", "nothing would be in it")
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

extension Descriptor {
    /// Whether this entry is an image for exactly a platform.
    fileprivate func isImage(for wanted: Platform) -> Bool {
        attestedDigest == nil && platform.map(wanted.matches) ?? false
    }
}
