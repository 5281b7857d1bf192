internal import Archive
internal import FileSystem
internal import OCI

/// Builds the content of a layer, consulting the base only where the result depends on it.
struct ContentBuilder<Base: BaseSnapshot> {
    private let base: Base
    /// The operation, for errors.
    let attempt: String
    private var asked: [TarPath: PathStatus] = [:]
    /// New folders, links and files that later paths may lead through.
    private var made: [TarPath: PathStatus] = [:]
    /// Folders of the base that have been replaced, along with their content.
    private var replaced: Set<TarPath> = []
    private var items: [WalkedTree.Item] = []
    /// The source of each item: hard links are preserved only within a source.
    private var origins: [Int32] = []
    private(set) var origin: Int32 = 0

    init(onto base: Base, attempt: String) {
        self.base = base
        self.attempt = attempt
    }

    func failure(_ reason: String, advice: String? = nil) -> ImageError {
        ImageError(.failed, attempt, reason, advice: advice)
    }

    /// The status of a path in the base. Statuses are requested from the root downwards, and not beyond anything but a
    /// folder.
    mutating func baseFact(_ path: TarPath) throws -> PathStatus {
        guard let parent = path.folder else { return .folder(FolderAttributes()) }
        if let known = asked[path] { return known }
        guard try baseFact(parent).isFolder else { return .absent }
        let fact = try base.fact(path.absolute)
        asked[path] = fact
        return fact
    }

    /// The status of a path, including new content.
    mutating func fact(_ path: TarPath) throws -> PathStatus {
        if let fact = made[path] { return fact }
        return isHidden(path) ? .absent : try baseFact(path)
    }

    private func isHidden(_ path: TarPath) -> Bool {
        if replaced.isEmpty { return false }
        var ancestor = path.folder
        while let folder = ancestor {
            if replaced.contains(folder) { return true }
            ancestor = folder.folder
        }
        return false
    }

    /// Hides the content of a folder in the base.
    mutating func hideContent(of path: TarPath) throws {
        if !isHidden(path), try baseFact(path).isFolder { replaced.insert(path) }
    }

    func hidesContent(of path: TarPath) -> Bool { replaced.contains(path) }

    /// The item at a path, from an earlier source or the base, so that it can be linked to.
    mutating func existingItem(at path: TarPath) throws -> WalkedTree.Item? {
        if let item = items.last(where: { $0.entry.path == path }) { return item }
        switch try fact(path) {
        case .absent, .folder: return nil
        case .file, .symbolicLink: return try base.entry(path.absolute).map { WalkedTree.Item(entry: $0) }
        }
    }

    /// Resolves the links in a path. The result need not exist.
    ///
    /// - Parameter root: The start of the path, which `..` and links do not lead out of.
    mutating func resolve(_ path: [UInt8], in root: TarPath = .root, followsLast: Bool = true) throws -> TarPath {
        do {
            let followed = try RootedPath(path, followsLast: followsLast, mostLinks: StackView.linkLimit) { names in
                switch try fact(root.appending(Array(names.joined(separator: [UInt8(ascii: "/")])))) {
                case .absent: .absent
                case .folder: .folder
                case .symbolicLink(let target): .link(target: Array(target.utf8))
                case .file: .other
                }
            }
            return root.appending(Array(followed.names.joined(separator: [UInt8(ascii: "/")])))
        } catch RootedPath.Failure.notAFolder(let names) {
            throw failure("\(absolute(names, in: root)) is not a folder")
        } catch RootedPath.Failure.tooManyLinks(let names) {
            throw failure("\(absolute(names, in: root)) leads through more than \(StackView.linkLimit) links")
        }
    }

    private func absolute(_ names: [[UInt8]], in root: TarPath) -> String {
        root.appending(Array(names.joined(separator: [UInt8(ascii: "/")]))).absolute
    }

    /// Creates a folder and its missing parents (Dockerfile reference, COPY, "Destination").
    ///
    /// - Parameter facts: The attributes of new folders.
    mutating func makeFolders(to path: TarPath, _ facts: FolderAttributes) throws {
        switch try fact(path) {
        case .folder: return
        case .absent: break
        case .file, .symbolicLink: throw failure("\(path.absolute) is not a folder")
        }
        if let parent = path.folder { try makeFolders(to: parent, facts) }
        made[path] = .folder(facts)
        append(.folder(path, facts))
    }

    mutating func beginSource() { origin += 1 }

    mutating func reserve(_ count: Int) { items.reserveCapacity(items.count + count) }

    /// Adds an item, replacing whatever is at its path.
    mutating func append(_ item: WalkedTree.Item) {
        items.append(item)
        origins.append(origin)
    }

    /// Records the status of a path, for paths that lead through it.
    mutating func note(_ fact: PathStatus, at path: TarPath) { made[path] = fact }

    /// The content. If a path was added several times, the last one counts.
    ///
    /// - Throws: ``OCI/ImageError`` if a path is a folder in one source and something else in another.
    func content() throws -> LayerContent {
        var order = Array(items.indices)
        if !isSorted {
            order.sort {
                let (left, right) = (items[$0].entry.path, items[$1].entry.path)
                return left == right ? $0 < $1 : left < right
            }
        }
        var entries: [LayerContent.Entry] = []
        entries.reserveCapacity(items.count)
        var firstNames: [Name: TarPath] = [:]
        for (position, index) in order.enumerated() {
            var item = items[index]
            if position + 1 < order.count, items[order[position + 1]].entry.path == item.entry.path {
                guard items[order[position + 1]].isFolder == item.isFolder else {
                    throw failure("one source has a folder at \(item.entry.path.absolute) and another one has none")
                }
                continue
            }
            if let link = item.link {
                let name = Name(link: link, origin: origins[index])
                if let first = firstNames[name] {
                    item.entry.kind = .hardLink(first)
                } else {
                    firstNames[name] = item.entry.path
                }
            }
            entries.append(item.entry)
        }
        return LayerContent(withParents(entries))
    }

    /// Adds the existing parent folders of new entries with their attributes. Otherwise, an extractor that meets a path
    /// first would create parents with default attributes, hiding those below.
    private func withParents(_ entries: [LayerContent.Entry]) -> [LayerContent.Entry] {
        var known = Set(entries.lazy.filter { if case .folder = $0.kind { true } else { false } }.map(\.path))
        var parents: [LayerContent.Entry] = []
        for entry in entries {
            var ancestor = entry.path.folder
            while let path = ancestor, !path.isRoot, known.insert(path).inserted {
                if case .folder(let facts) = made[path] ?? asked[path] ?? .absent {
                    parents.append(WalkedTree.Item.folder(path, facts).entry)
                }
                ancestor = path.folder
            }
        }
        return parents.isEmpty ? entries : (entries + parents).sorted { $0.path < $1.path }
    }

    private struct Name: Hashable {
        let link: FileStatus.Identity
        let origin: Int32
    }

    private var isSorted: Bool {
        for index in items.indices.dropFirst() where items[index].entry.path <= items[index - 1].entry.path {
            return false
        }
        return true
    }
}
