internal import JSON
internal import OCI

/// The content of `index.json` (image-spec, image-layout.md, "index.json file").
///
/// Everything that is not changed keeps its JSON value, known or not.
struct LayoutIndex {
    /// An element of `manifests`.
    struct Entry: Equatable {
        let descriptor: Descriptor
        fileprivate let json: JSONValue

        fileprivate init(_ descriptor: Descriptor) {
            self.descriptor = descriptor
            json = descriptor.json
        }

        fileprivate init(json: JSONValue, at path: JSONPath) throws(JSONShapeError) {
            descriptor = try Descriptor(json: json, at: path)
            self.json = json
        }

        /// The value of `org.opencontainers.image.ref.name`.
        var refName: String? { descriptor.annotations[AnnotationKey.refName] }

        /// True for the entry of a referrer.
        var isReferrer: Bool { descriptor.annotations[AnnotationKey.manifestSubject] != nil }

        /// The value of `io.containerd.image.name`, a full name.
        var containerdName: String? { descriptor.annotations[AnnotationKey.containerdName] }
    }

    private var root: JSONObject
    private(set) var entries: [Entry] = []
    /// Elements that are not descriptors. They are kept, after the entries.
    private(set) var damaged: [(json: JSONValue, problem: String)] = []

    /// An empty index.
    init() {
        root = Index(mediaType: MediaType.ociIndex).json.object ?? JSONObject()
    }

    /// Elements that are not descriptors do not affect the others.
    ///
    /// - Throws: ``JSONError``, ``JSONShapeError``.
    init(parsing bytes: [UInt8]) throws {
        let json = try JSONValue(parsing: bytes)
        var fields = try JSONFields(json, at: .root)
        let path = JSONPath.root.member("manifests")
        var firstProblem: JSONShapeError?
        for (position, element) in (try fields.array("manifests") ?? []).enumerated() {
            do throws(JSONShapeError) {
                entries.append(try Entry(json: element, at: path.element(position)))
            } catch {
                damaged.append((element, error.description))
                firstProblem = firstProblem ?? error
            }
        }
        if entries.isEmpty, let problem = firstProblem { throw problem }
        root = json.object ?? JSONObject()
    }

    /// The serialized index.
    var bytes: [UInt8] {
        var root = root
        root["manifests"] = .array(entries.map(\.json) + damaged.map(\.json))
        return JSONDocument(.object(root)).bytes
    }

    /// Points a tag to a manifest, replacing the entry of that name.
    ///
    /// - Parameter tag: A tag, or a full name, which has a slash.
    mutating func set(_ tag: String, to manifest: Descriptor) {
        if let name = StoredName(full: tag) { return set(name, to: manifest) }
        var named = manifest.content
        named.annotations = [AnnotationKey.refName: tag]
        replace(with: named) { $0.refName == tag }
    }

    /// Points a full name to a manifest, so that tools find it by its full name or by its tag.
    ///
    /// Several names of one image may share a tag. Other images lose it, as with a tag alone.
    private mutating func set(_ name: StoredName, to manifest: Descriptor) {
        var named = manifest.content
        named.annotations = [AnnotationKey.containerdName: name.text, AnnotationKey.refName: name.tag]
        replace(with: named) { entry in
            let isOther = entry.descriptor.digest != manifest.digest || entry.containerdName == nil
            return entry.storedName == name || entry.refName == name.tag && isOther
        }
    }

    /// Replaces the last matching entry, or appends one.
    mutating func replace(with descriptor: Descriptor, where isMeant: (Entry) -> Bool) {
        let meant = entries.indices.filter { isMeant(entries[$0]) }
        if let position = meant.last {
            entries[position] = Entry(descriptor)
        } else {
            entries.append(Entry(descriptor))
        }
        // Tools that append without checking leave older entries of the same name, which would reappear.
        for older in meant.dropLast().reversed() { entries.remove(at: older) }
    }

    /// Appends an entry unconditionally.
    mutating func append(_ descriptor: Descriptor) { entries.append(Entry(descriptor)) }

    /// Adds an entry without a name, unless the manifest has an entry. Of one that refers to another it is noted, as
    /// containerd does it: tools that do not read every manifest find it so, and take it for no image.
    mutating func add(_ manifest: ManifestContent) {
        guard !entries.contains(where: { $0.descriptor.digest == manifest.digest }) else { return }
        var entry = manifest.descriptor.content
        if let subject = manifest.subject {
            entry.annotations = [AnnotationKey.manifestSubject: subject.digest.description]
            entry.artifactType = manifest.referrer.artifactType
        }
        entries.append(Entry(entry))
    }

    /// - Returns: True if anything was removed.
    mutating func remove(where isUnwanted: (Entry) -> Bool) -> Bool {
        let count = entries.count
        entries.removeAll(where: isUnwanted)
        return entries.count < count
    }
}
