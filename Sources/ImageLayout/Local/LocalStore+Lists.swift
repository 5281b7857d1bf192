internal import JSON
package import OCI

/// An index that is being put together in a local store, but not an image of it.
package struct StoredList: Sendable {
    /// The full name with its tag.
    package let name: String
    package let content: ManifestContent
    /// The references of the entries, as text, in their order.
    package let sources: [String]

    package init(name: String, content: ManifestContent, sources: [String]) {
        self.name = name
        self.content = content
        self.sources = sources
    }
}

/// Lists are separate entries with annotations of their own, so that they do not interfere with images. The store need
/// not hold what they refer to.
extension LocalStore {
    /// All lists, sorted by name.
    package func lists() throws(ImageError) -> [StoredList] {
        guard let index = try index() else { return [] }
        var lists: [StoredList] = []
        for entry in index.entries {
            guard let name = entry.listName else { continue }
            let content = try layout.read(entry.descriptor, of: .digest(entry.descriptor.digest))
            lists.append(StoredList(name: name, content: content, sources: entry.listSources(of: content)))
        }
        return lists.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    package func list(named name: String) throws(ImageError) -> StoredList? {
        guard let entry = try index()?.entries.last(where: { $0.listName == name }) else { return nil }
        let content = try layout.read(entry.descriptor, of: .digest(entry.descriptor.digest))
        return StoredList(name: name, content: content, sources: entry.listSources(of: content))
    }

    /// Writes a list, replacing the one of that name.
    package func put(_ list: StoredList) async throws {
        try await layout.put(list.content, as: .child)
        var entry = list.content.descriptor.content
        entry.annotations = LayoutIndex.Entry.annotations(of: list)
        try await layout.changeIndex("cannot write the list \(list.name)") { index throws(ImageError) in
            index.replace(with: entry) { $0.listName == list.name }
        }
    }

    /// - Returns: True if the list existed.
    package func removeList(named name: String) async throws -> Bool {
        guard try index() != nil else { return false }
        var isRemoved = false
        try await layout.changeIndex("cannot remove the list \(name)") { index throws(ImageError) in
            isRemoved = index.remove { $0.listName == name }
        }
        return isRemoved
    }
}

extension LayoutIndex.Entry {
    private static let nameKey = "dev.imgtool.list.name"
    private static let sourcesKey = "dev.imgtool.list.sources"

    /// The name of the list; `nil` for all other entries.
    var listName: String? { descriptor.annotations[Self.nameKey] }

    fileprivate func listSources(of content: ManifestContent) -> [String] {
        let json = try? JSONValue(parsing: (descriptor.annotations[Self.sourcesKey] ?? "").utf8)
        if let sources = json?.array { return sources.compactMap(\.string) }
        // Earlier versions recorded them by digest.
        return ((try? content.index())?.manifests ?? []).compactMap { json?[$0.digest.description]?.string }
    }

    fileprivate static func annotations(of list: StoredList) -> [String: String] {
        [nameKey: list.name, sourcesKey: JSONValue.array(list.sources.map { .string($0) }).text(.compact)]
    }
}
