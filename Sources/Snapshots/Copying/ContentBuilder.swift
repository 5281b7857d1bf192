internal import Archive
internal import FileSystem
internal import OCI

/// A layer's content in the making, on top of a tree that is asked only for what the result depends on.
struct ContentBuilder<Base: BaseSnapshot> {
    private let base: Base
    /// What is being done, for errors.
    let attempt: String
    private var asked: [TarPath: PathStatus] = [:]
    /// Folders, links and files that are new and that later paths may lead through.
    private var made: [TarPath: PathStatus] = [:]
    /// Folders of the tree below that something else has taken the place of, so that nothing in them is there any more.
    private var replaced: Set<TarPath> = []
    private var items: [WalkedTree.Item] = []
    /// For each item, which source it came from: names of one file are kept together only within one.
    private var origins: [Int32] = []
    private(set) var origin: Int32 = 0

    init(onto base: Base, attempt: String) {
        self.base = base
        self.attempt = attempt
    }

    func failure(_ reason: String, advice: String? = nil) -> ImageError {
        ImageError(.failed, attempt, reason, advice: advice)
    }

    /// What is at a path of the tree below. Questions are asked from the root on and never beyond what is no folder.
    mutating func baseFact(_ path: TarPath) throws -> PathStatus {
        guard let parent = path.folder else { return .folder(FolderAttributes()) }
        if let known = asked[path] { return known }
        guard try baseFact(parent).isFolder else { return .absent }
        let fact = try base.fact(path.absolute)
        asked[path] = fact
        return fact
    }

    /// What is at a path, with what is new.
    mutating func fact(_ path: TarPath) throws -> PathStatus {
        if let fact = made[path] { return fact }
        return isHidden(path) ? .absent : try baseFact(path)
    }

    private func isHidden(_ path: TarPath) -> Bool {
        if replaced.isEmpty { return false }
        var place = path.folder
        while let folder = place {
            if replaced.contains(folder) { return true }
            place = folder.folder
        }
        return false
    }

    /// Says that nothing of what is in a folder of the tree below is there any more.
    mutating func hideContent(of path: TarPath) throws {
        if !isHidden(path), try baseFact(path).isFolder { replaced.insert(path) }
    }

    func hidesContent(of path: TarPath) -> Bool { replaced.contains(path) }

    /// What an earlier source, or the tree below, has at a path, so that it can get another name.
    mutating func existingItem(at path: TarPath) throws -> WalkedTree.Item? {
        if let item = items.last(where: { $0.entry.path == path }) { return item }
        switch try fact(path) {
        case .absent, .folder: return nil
        case .file, .symbolicLink: return try base.entry(path.absolute).map { WalkedTree.Item(entry: $0) }
        }
    }

    /// Follows a path through links of the tree below and new ones. Where it leads to may be absent.
    ///
    /// - Parameter root: Where the path starts, and what `..` and links do not lead out of.
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

    /// Creates a folder and those above it, as far as they do not exist (Dockerfile reference, COPY, "Destination").
    ///
    /// - Parameter facts: What is new gets these.
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

    /// Adds what replaces whatever has its path.
    mutating func append(_ item: WalkedTree.Item) {
        items.append(item)
        origins.append(origin)
    }

    /// Says what is at a path, for paths that lead through it.
    mutating func note(_ fact: PathStatus, at path: TarPath) { made[path] = fact }

    /// The content. Where a path was added more than once, the last one counts.
    ///
    /// - Throws: ``OCI/ImageError`` when a path is a folder by one source and something else by another.
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

    /// Adds the folders that exist already and lead to what is new, as they are: an extractor that meets a path first
    /// makes up the folders above it, and hides those of the tree below with what it makes up.
    private func withParents(_ entries: [LayerContent.Entry]) -> [LayerContent.Entry] {
        var known = Set(entries.lazy.filter { if case .folder = $0.kind { true } else { false } }.map(\.path))
        var parents: [LayerContent.Entry] = []
        for entry in entries {
            var place = entry.path.folder
            while let path = place, !path.isRoot, known.insert(path).inserted {
                if case .folder(let facts) = made[path] ?? asked[path] ?? .absent {
                    parents.append(WalkedTree.Item.folder(path, facts).entry)
                }
                place = path.folder
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
