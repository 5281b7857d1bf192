internal import FileSystem
internal import ImageLayout
internal import ImageTools
internal import OCI
internal import Terminal

/// The lists of `imgtool manifest`, stored in the local store until they are pushed.
struct ListStorage {
    private let store: LocalStore

    init(_ session: Session) {
        let progress = session.progress
        store = StoreDirectory.local { progress.note($0) }
    }

    /// Parses the name of a list, which is that of an image in a registry.
    static func name(_ text: String) throws(ImageError) -> Reference {
        let reference = try Reference(parsing: text)
        guard reference.digest == nil else {
            throw ImageError(.usage, "cannot use \(text) as a list", "a digest cannot be chosen")
        }
        return reference
    }

    /// - Throws: ``ImageError`` of code `notFound`.
    func existing(_ name: Reference) throws(ImageError) -> ManifestList {
        if let list = try list(name) { return list }
        throw ImageError(
            .notFound, "cannot find the list \(name)", "there is no list of that name",
            advice: "imgtool manifest create makes one")
    }

    func list(_ name: Reference) throws(ImageError) -> ManifestList? {
        guard let list = try store.list(named: name.description) else { return nil }
        let sources = try list.sources.map { text throws(ImageError) in try Reference(parsing: text) }
        guard sources.count == (try list.content.index().manifests.count) else {
            throw ImageError(
                .failed, "cannot read the list \(name)", "it does not say where its images are",
                advice: "make it anew with imgtool manifest create")
        }
        return ManifestList(list.content, sources: sources)
    }

    func put(_ list: ManifestList, _ name: Reference) async throws {
        try await store.put(
            StoredList(
                name: name.description, content: list.content, sources: list.sources.map(\.description)))
    }

    func remove(_ name: Reference) async throws -> Bool { try await store.removeList(named: name.description) }

    func all() throws(ImageError) -> [StoredList] { try store.lists() }
}

extension Reference {
    /// The reference with absolute paths, independent of the working directory.
    func absolute() throws(ImageError) -> Reference {
        var reference = self
        do {
            if let path = location.path { reference.location.path = try File.resolvingLinks(path) }
        } catch {
            throw ImageError(.failed, "cannot read \(self)", error.reason)
        }
        return reference
    }
}
