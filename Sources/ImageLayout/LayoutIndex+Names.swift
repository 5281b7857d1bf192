internal import OCI

/// Finds the entry of `index.json` for a tag.
///
/// An entry whose `org.opencontainers.image.ref.name` is the tag comes first. Some tools write a full reference there
/// or in `io.containerd.image.name`; then the tag at its end counts. Of several entries with the same name, the last
/// counts, because tools that do not replace entries append them.
extension LayoutIndex {
    /// The tags of all entries, sorted.
    var tags: [String] {
        Set(entries.flatMap { $0.fullNames.map(Self.tag) }).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The entry of a tag.
    ///
    /// - Throws: ``ImageError`` of code `usage` if different images have the tag in different full names.
    func entry(named tag: String, in storeName: String) throws(ImageError) -> Entry? {
        if let exact = entries.last(where: { $0.refName == tag }) { return exact }
        let candidates = entries.filter { $0.fullNames.contains { $0 == tag || Self.tag(of: $0) == tag } }
        let names = Set(candidates.flatMap(\.fullNames).filter { Self.tag(of: $0) == tag })
        if names.count > 1, Set(candidates.map(\.descriptor.digest)).count > 1 {
            throw ImageError(
                .usage, "cannot find \(storeName):\(tag)", "it can be any of \(names.sorted().joined(separator: ", "))",
                advice: "name the image by its digest")
        }
        return candidates.last
    }

    /// The entry to read for a tag. Like ``entry(named:in:)``, but if a layout holds a single image, that need not be
    /// called `latest`.
    ///
    /// - Throws: ``ImageError`` of code `notFound` with the names that exist.
    func entry(for tag: String, in storeName: String) throws(ImageError) -> Entry {
        if let entry = try entry(named: tag, in: storeName) { return entry }
        let images = entries.filter { !$0.isReferrer }
        if tag == Reference.defaultTag, images.count == 1 { return images[0] }
        throw missing(tag, in: storeName)
    }

    /// - Parameter repository: In a local store, the name whose tags to list.
    func missing(_ tag: String, in storeName: String, of repository: Repository? = nil) -> ImageError {
        let tags = repository.map(tags(of:)) ?? tags
        let shown = tags.prefix(10).joined(separator: ", ")
        let more = tags.count > 10 ? " and \(tags.count - 10) more" : ""
        var advice = tags.isEmpty ? nil : "there is \(shown)\(more)"
        if tags.isEmpty, repository == nil, let unnamed = unnamedImages { advice = unnamed }
        if let problem = damaged.first?.problem {
            let count = damaged.count == 1 ? "an entry" : "\(damaged.count) entries"
            advice = (advice.map { "\($0); " } ?? "") + "\(count) of index.json cannot be read: \(problem)"
        }
        return ImageError(
            .notFound, "cannot find \(storeName):\(tag)",
            !tags.isEmpty
                ? "no image has that name"
                : repository == nil ? "nothing in it has a name" : "it is not in the local store",
            advice: advice)
    }

    /// The images of a layout without names, in words; `nil` if there are none.
    private var unnamedImages: String? {
        let images = entries.filter { !$0.isReferrer }.map { entry in
            let platform = entry.descriptor.platform.map { " (\($0.fullDescription))" } ?? ""
            return "@\(entry.descriptor.digest)\(platform)"
        }
        guard !images.isEmpty else { return nil }
        let more = images.count > 10 ? " and \(images.count - 10) more" : ""
        return "there is \(images.prefix(10).joined(separator: ", "))\(more)"
    }

    /// The tag of a reference, or the whole text if it has none.
    private static func tag(of name: String) -> String {
        let withoutDigest = name.prefix { $0 != "@" }
        guard let colon = withoutDigest.lastIndex(of: ":"), colon > withoutDigest.startIndex else { return name }
        let tag = withoutDigest[withoutDigest.index(after: colon)...]
        return tag.isEmpty || tag.contains("/") ? name : String(tag)
    }
}

extension LayoutIndex.Entry {
    /// The full name, if one of the annotations has more than a tag.
    var fullName: String? {
        guard let name = storedName else { return nil }
        let isFull = containerdName.flatMap(StoredName.init(parsing:)) == name || refName?.contains("/") ?? false
        return isFull ? name.text : nil
    }

    /// The names in the entry's annotations, unparsed.
    fileprivate var fullNames: [String] {
        [refName, descriptor.annotations[AnnotationKey.containerdName]].compactMap { $0 }.filter { !$0.isEmpty }
    }
}
