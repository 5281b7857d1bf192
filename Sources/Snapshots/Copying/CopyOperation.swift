internal import Archive
internal import DockerfileLanguage
internal import FileSystem
internal import OCI

/// COPY and ADD: combines sources to the content of a layer (Dockerfile reference, "COPY" and "ADD").
///
/// The content depends on the sources and on little of the base: the destination and its parents and, if folders of the
/// sources exist there already, the paths in them.
package struct CopyOperation: Sendable {
    package enum Source: Sendable {
        /// A path in a tree, possibly with wildcards: the content of a folder, or a file.
        case tree(SourceTree, path: String)
        /// A heredoc.
        case file(name: String, bytes: [UInt8], mode: UInt16 = 0o644)
        /// A downloaded file, by its local path.
        ///
        /// - Parameter modified: Seconds since 1970.
        case download(path: String, name: String, mode: UInt16 = 0o600, modified: Int64)
    }

    package var sources: [Source]
    /// An absolute path; a trailing slash means a folder.
    package var destination: String
    /// The owner of everything new, including parents of the destination. By default, files keep their owners, and new
    /// parents belong to root.
    package var owner: Owner?
    /// The change to the permissions of files and folders. A number also applies to new parents of the destination.
    package var mode: ModeChange?
    /// `--link`: never consult the base.
    package var isLinked: Bool
    /// True to unpack archives; `nil` for ADD's default, which unpacks those from trees only.
    package var extractsArchives: Bool?
    /// Patterns of files to omit: relative to the folder that is copied or, for a single file, to the root of its tree.
    package var excludes: [String]
    /// `--parents`: keep the parent folders of sources, from the root of their tree or from `/./`.
    package var keepsParents: Bool

    package init(
        sources: [Source], destination: String, owner: Owner? = nil, mode: ModeChange? = nil, isLinked: Bool = false,
        extractsArchives: Bool? = false, excludes: [String] = [], keepsParents: Bool = false
    ) {
        self.sources = sources
        self.destination = destination
        self.owner = owner
        self.mode = mode
        self.isLinked = isLinked
        self.extractsArchives = extractsArchives
        self.excludes = excludes
        self.keepsParents = keepsParents
    }

    /// The content to add to the base.
    ///
    /// - Parameters:
    ///   - base: The base.
    ///   - scratch: A folder for unpacked files, to which the content refers. It need not exist.
    /// - Throws: ``OCI/ImageError``; the error of the base.
    package func content(onto base: some BaseSnapshot, scratch: String) throws -> LayerContent {
        do {
            if isLinked { return try content(ContentBuilder(onto: EmptyBase(), attempt: attempt), scratch) }
            return try content(ContentBuilder(onto: base, attempt: attempt), scratch)
        } catch let error as FileError {
            throw ImageError(.failed, attempt, "\(error)")
        }
    }

    private var attempt: String { "cannot copy to \(destination)" }
    /// The attributes of new parents of the destination.
    private var newFolder: FolderAttributes {
        FolderAttributes(
            mode: mode?.ofNewFolders ?? FolderAttributes().mode, uid: owner?.uid ?? 0, gid: owner?.gid ?? 0)
    }

    private func content(_ empty: ContentBuilder<some BaseSnapshot>, _ scratch: String) throws -> LayerContent {
        var builder = empty
        let selected = try selection()
        if selected.isEmpty { return LayerContent() }
        let target = try builder.resolve(Array(destination.utf8))
        let isFolder = try builder.fact(target).isFolder || destination.hasSuffix("/") || keepsParents
        try check(selected, isFolder: isFolder)
        for source in selected {
            builder.beginSource()
            switch source {
            case .folder(let tree):
                try builder.makeFolders(to: target, newFolder)
                try add(tree, at: target, &builder)
            case .single(let name, let item):
                try add(item, at: isFolder ? target.appending(name) : target, &builder)
            case .archive(let path):
                // Modes in an archive take precedence over all others.
                try builder.makeFolders(to: target, FolderAttributes(uid: newFolder.uid, gid: newFolder.gid))
                var unpacking = ArchiveUnpacking(target: target, owner: owner, scratch: scratch)
                try unpacking.unpack(path, into: &builder)
            }
        }
        return try builder.content()
    }

    private func check(_ selected: [CopySelection], isFolder: Bool) throws(ImageError) {
        guard !isFolder, selected.count > 1 else { return }
        let onlyFolders = selected.allSatisfy { if case .single = $0 { false } else { true } }
        if sources.count == 1, onlyFolders { return }
        throw ImageError(
            .failed, attempt, "there are \(selected.count) sources, and it is not a folder",
            advice: "write \(destination)/")
    }

    /// Merges a tree into an existing folder: a folder can only be merged with a folder, and nothing else can replace
    /// one.
    private func add(_ tree: WalkedTree, at target: TarPath, _ builder: inout ContentBuilder<some BaseSnapshot>) throws
    {
        var shared: Set<TarPath> = try builder.baseFact(target).isFolder ? [target] : []
        builder.reserve(tree.items.count)
        for var item in tree.items {
            let path = target.appending(item.entry.path)
            item.entry.path = path
            if !shared.isEmpty, let parent = path.folder, shared.contains(parent) {
                let fact = try builder.baseFact(path)
                try checkReplacing(fact, by: item, builder)
                if item.isFolder, fact.isFolder { shared.insert(path) }
            }
            builder.append(changed(item))
        }
    }

    private func add(
        _ item: WalkedTree.Item, at path: TarPath, _ builder: inout ContentBuilder<some BaseSnapshot>
    ) throws {
        var item = item
        if let parent = path.folder { try builder.makeFolders(to: parent, newFolder) }
        item.entry.path = path
        try checkReplacing(try builder.fact(path), by: item, builder)
        builder.append(changed(item))
    }

    private func checkReplacing(
        _ fact: PathStatus, by item: WalkedTree.Item, _ builder: ContentBuilder<some BaseSnapshot>
    ) throws(ImageError) {
        let path = item.entry.path.absolute
        switch fact {
        case .folder where !item.isFolder:
            throw builder.failure("\(path) is a folder, and the source is not", advice: "remove the folder first")
        case .file where item.isFolder:
            throw builder.failure("\(path) is not a folder, and the source is one", advice: "remove it first")
        case .symbolicLink where item.isFolder:
            throw builder.failure(
                "\(path) is a symbolic link, and the source is a folder", advice: "copy to where the link leads to")
        default: break
        }
    }

    private func changed(_ item: consuming WalkedTree.Item) -> WalkedTree.Item {
        if let owner { (item.entry.uid, item.entry.gid) = (owner.uid, owner.gid) }
        if let mode {
            if case .symbolicLink = item.entry.kind { return item }
            item.entry.mode = mode.applied(to: item.entry.mode, isFolder: item.isFolder)
        }
        return item
    }
}
