internal import JSON
internal import OCI

/// The content of `index.json` (image-spec, image-layout.md, "index.json file").
///
/// What is not changed keeps its JSON value as it was, known to imgtool or not.
struct LayoutIndex {
    /// One element of `manifests`.
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

        /// The value of `io.containerd.image.name`, which is a full name.
        var containerdName: String? { descriptor.annotations[AnnotationKey.containerdName] }
    }

    private var root: JSONObject
    private(set) var entries: [Entry] = []
    /// Elements that are no descriptors. They stay where the index is, after the entries.
    private(set) var damaged: [(json: JSONValue, problem: String)] = []

    /// An index without entries.
    init() {
        root = Index(mediaType: MediaType.ociIndex).json.object ?? JSONObject()
    }

    /// An element that is no descriptor hides no other one.
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

    /// The index as it is written to disk.
    var bytes: [UInt8] {
        var root = root
        root["manifests"] = .array(entries.map(\.json) + damaged.map(\.json))
        return JSONDocument(.object(root)).bytes
    }

    /// Makes a tag point to a manifest: in the place of the entry of that name, or at the end.
    ///
    /// - Parameter tag: A tag, or a full name, which has a slash.
    mutating func set(_ tag: String, to manifest: Descriptor) {
        if let name = StoredName(full: tag) { return set(name, to: manifest) }
        var named = manifest.content
        named.annotations = [AnnotationKey.refName: tag]
        replace(with: named) { $0.refName == tag }
    }

    /// Makes a full name point to a manifest, so that tools which know full names and those which know tags find it.
    ///
    /// Several names of one image may have the same tag. What other images have it is lost, as with a tag alone.
    private mutating func set(_ name: StoredName, to manifest: Descriptor) {
        var named = manifest.content
        named.annotations = [AnnotationKey.containerdName: name.text, AnnotationKey.refName: name.tag]
        replace(with: named) { entry in
            let isOther = entry.descriptor.digest != manifest.digest || entry.containerdName == nil
            return entry.storedName == name || entry.refName == name.tag && isOther
        }
    }

    /// Puts an entry in the place of the last that is meant, or at the end.
    mutating func replace(with descriptor: Descriptor, where isMeant: (Entry) -> Bool) {
        let meant = entries.indices.filter { isMeant(entries[$0]) }
        if let position = meant.last {
            entries[position] = Entry(descriptor)
        } else {
            entries.append(Entry(descriptor))
        }
        // Tools that append without looking leave older entries of the same name, which would come to light again.
        for older in meant.dropLast().reversed() { entries.remove(at: older) }
    }

    /// Adds an entry, whatever there is.
    mutating func append(_ descriptor: Descriptor) { entries.append(Entry(descriptor)) }

    /// Adds an entry without a name, unless the manifest has an entry.
    mutating func add(_ manifest: Descriptor) {
        guard !entries.contains(where: { $0.descriptor.digest == manifest.digest }) else { return }
        entries.append(Entry(manifest.content))
    }

    /// - Returns: Whether anything was removed.
    mutating func remove(where isUnwanted: (Entry) -> Bool) -> Bool {
        let count = entries.count
        entries.removeAll(where: isUnwanted)
        return entries.count < count
    }
}
