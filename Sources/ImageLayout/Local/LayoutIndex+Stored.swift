internal import JSON
internal import OCI

/// The names of images in a local store.
///
/// The full name is stored twice, in `io.containerd.image.name` and in `org.opencontainers.image.ref.name`. The second
/// is what tools look for that take a layout and a name in it; the tag alone would be ambiguous. Entries of other tools
/// have a name in one of the two, in its full or short form.
extension LayoutIndex {
    /// The tags of a name, sorted.
    func tags(of repository: Repository) -> [String] {
        let tags = entries.compactMap { entry in
            entry.storedName.flatMap { $0.repository == repository ? $0.tag : nil }
        }
        return Set(tags).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    func entry(named tag: String, of repository: Repository) -> Entry? {
        let name = StoredName(repository, tag)
        return entries.last { $0.isNamed(name) }
    }

    /// Points a name to a manifest, replacing the entry of that name.
    ///
    /// - Parameter isBuilt: True if the image was built here.
    mutating func set(
        _ tag: String, of repository: Repository, to manifest: Descriptor, _ summary: ImageSummary, isBuilt: Bool
    ) {
        let name = StoredName(repository, tag)
        var named = manifest.content
        named.annotations = summary.annotations
        named.annotations[AnnotationKey.containerdName] = name.text
        named.annotations[AnnotationKey.refName] = name.text
        named.annotations[Entry.builtKey] = isBuilt ? "true" : nil
        replace(with: named) { $0.isNamed(name) }
    }

    /// - Returns: True if the name existed.
    mutating func remove(_ tag: String, of repository: Repository) -> Bool {
        let name = StoredName(repository, tag)
        return remove { $0.isNamed(name) }
    }

    /// Removes the entries of a manifest that have a given name, and those without a name.
    ///
    /// - Returns: True if there were any.
    mutating func remove(_ digest: Digest, of repository: Repository) -> Bool {
        remove { entry in
            entry.descriptor.digest == digest && (entry.storedName.map { $0.repository == repository } ?? true)
        }
    }
}

/// A full name with a tag.
struct StoredName: Hashable {
    let repository: Repository
    let tag: String

    init(_ repository: Repository, _ tag: String) {
        self.repository = repository
        self.tag = tag
    }

    /// Parses a name in its full or short form; `nil` if it is invalid.
    init?(parsing text: String) {
        guard let reference = try? Reference(parsing: text), reference.digest == nil,
            case .repository(let repository) = reference.location
        else { return nil }
        self.init(repository, reference.tag ?? Reference.defaultTag)
    }

    /// Parses a name in a field that may also hold a tag: a tag has no slash.
    init?(full text: String) {
        guard text.contains("/") else { return nil }
        self.init(parsing: text)
    }

    var text: String { "\(repository):\(tag)" }
}

extension LayoutIndex.Entry {
    /// The name in the entry's annotations, unparsed.
    ///
    /// If the two annotations differ, the one for layouts is either the tag of the other or was changed later.
    var givenName: String? {
        let full = descriptor.annotations[AnnotationKey.containerdName] ?? ""
        let ref = refName ?? ""
        if ref.isEmpty { return full.isEmpty ? nil : full }
        return ref == full || full.hasSuffix(":\(ref)") ? full : ref
    }

    /// The full name; `nil` if it is missing or invalid.
    var storedName: StoredName? { givenName.flatMap(StoredName.init(parsing:)) }

    func isNamed(_ name: StoredName) -> Bool {
        // Names written by this program are full ones; only others have to be parsed.
        ImageSummary.isPart(of: descriptor.annotations) ? givenName == name.text : storedName == name
    }
}
