internal import Archive
internal import DockerfileLanguage
internal import FileSystem
internal import Glibc
internal import OCI

/// The resolved source of a copy.
enum CopySelection {
    /// The content of a folder.
    case folder(WalkedTree)
    /// A file, or a device of a stage, and its name.
    case single([UInt8], WalkedTree.Item)
    case archive(BytePath)
}

extension CopyOperation {
    /// Resolves the sources. A wildcard that matches nothing selects nothing.
    func selection() throws -> [CopySelection] {
        let patterns = try patterns(excludes, "--exclude")
        var selected: [CopySelection] = []
        for source in sources {
            switch source {
            case .tree(let tree, let path):
                selected += try reading(tree, path) {
                    keepsParents ? try withParents(tree, path, patterns) : try select(tree, path, patterns)
                }
            case .file(let name, let bytes, let mode):
                let entry = LayerContent.Entry(.root, .file(.bytes(bytes)), mode: mode)
                selected.append(.single(lastName(name), .init(entry: entry)))
            case .download(let path, let name, let mode, let modified):
                selected.append(try download(path, name, mode, modified))
            }
        }
        return selected
    }

    private func lastName(_ path: String) -> [UInt8] { RootedPath.names(of: Array(path.utf8)).last ?? [] }

    private func download(
        _ path: String, _ name: String, _ mode: UInt16, _ modified: Int64
    ) throws -> CopySelection {
        let disk = BytePath(path)
        if extractsArchives == true, try ArchiveUnpacking.isArchive(disk) { return .archive(disk) }
        guard let status = try FileStatus(of: disk) else { throw FileError(ENOENT, "look at", path) }
        let entry = LayerContent.Entry(
            .root, .file(.file(path, size: status.size)), mode: mode, modified: modified, isTimeContent: true)
        return .single(lastName(name), .init(entry: entry))
    }

    private func select(_ tree: SourceTree, _ path: String, _ excludes: PathPatterns) throws -> [CopySelection] {
        let clean = CleanPath.clean("/" + path)
        if let wildcard = try wildcard(clean) {
            return try matches(wildcard, tree, path).compactMap { try select(tree, match: $0, path, excludes) }
        }
        return try select(tree, match: Array(clean.utf8), path, excludes).map { [$0] } ?? []
    }

    /// The paths that a wildcard matches, possibly none; the folder before it must exist.
    private func matches(_ wildcard: Wildcard, _ tree: SourceTree, _ path: String) throws -> [[UInt8]] {
        guard let matches = try tree.matches(wildcard) else {
            let folder = wildcard.folder.drop { $0 == "/" }
            throw try missing(tree, path, Array(folder.utf8), "\(folder) does not exist")
        }
        return matches
    }

    /// The selection for a path without wildcards.
    func select(_ tree: SourceTree, plain path: String) throws -> CopySelection? {
        try reading(tree, path) {
            try select(tree, match: Array(CleanPath.clean("/" + path).utf8), path, try patterns([], ""))
        }
    }

    /// - Returns: `nil` for a file that is omitted, and for a folder matched by a wildcard of which nothing is left.
    private func select(
        _ tree: SourceTree, match: [UInt8], _ path: String, _ excludes: PathPatterns
    ) throws -> CopySelection? {
        let names = RootedPath.names(of: match)
        let isMatched = CleanPath.clean("/" + path) != "/" + SourceTree.text(names)
        guard let location = try tree.locate(match) else {
            if !isMatched { throw try missing(tree, path, match) }
            throw try missing(tree, path, match, "\(SourceTree.text(names)) leads to a file that does not exist")
        }
        if location.found.isFolder {
            let walked = try tree.walk(location)
            if walked.items.isEmpty, !location.names.isEmpty, tree.verdict(on: location.names)?.isExcluded == true {
                if isMatched { return nil }
                throw try missing(tree, path, match)
            }
            return .folder(walked.excluding(excludes))
        }
        if excludes.excludes(SourceTree.text(names)) { return nil }
        let isFile = location.found.status.kind == .file
        if isFile, extractsArchives != false, try ArchiveUnpacking.isArchive(location.found.path) {
            return .archive(location.found.path)
        }
        tree.noteSocket(location.found, location.names)
        var item = try TreeWalk.item(location.found, .root, tree)
        item.link = nil
        return .single(names.last ?? [], item)
    }

    /// The selection for a path or a pattern, with its parents from the root of the tree or, before `/./`, from
    /// whatever that part leads to or matches.
    private func withParents(
        _ tree: SourceTree, _ path: String, _ excludes: PathPatterns
    ) throws -> [CopySelection] {
        let pivot = path.utf8.indices.dropLast(2).first { path.utf8[$0...].starts(with: "/./".utf8) }
        let root = CleanPath.clean("/" + (pivot.map { path[..<$0] } ?? ""))
        let pattern = String(CleanPath.clean("/" + (pivot.map { path[$0...] } ?? path[...])).dropFirst())
        let included = try patterns([pattern], "a source")
        let wildcard = try wildcard(root)
        let isOpen = try wildcard != nil || self.wildcard(pattern) != nil
        let roots = try wildcard.map { try matches($0, tree, path) } ?? [Array(root.utf8)]
        return try roots.compactMap { root in
            guard let location = try tree.locate(root), location.found.isFolder else {
                if wildcard != nil { return nil }
                throw try missing(tree, path, root)
            }
            let walked = try tree.walk(location)
            let kept = pattern.isEmpty ? walked : walked.filtered { included.excludes($0) }
            if kept.items.isEmpty, !isOpen {
                throw try missing(tree, path, root + Array("/\(pattern)".utf8))
            }
            return .folder(kept.excluding(excludes))
        }
    }
}

extension CopyOperation {
    private func wildcard(_ path: String) throws -> Wildcard? {
        do { return try Wildcard(path) } catch {
            throw ImageError(.usage, "cannot copy \(path)", "\(error)", advice: "close every [ with ]")
        }
    }

    private func patterns(_ texts: [String], _ flag: String) throws -> PathPatterns {
        do { return try PathPatterns(texts) } catch {
            throw ImageError(.usage, "cannot use \(flag)", "\(error)", advice: "close every [ with ]")
        }
    }

    private func missing(
        _ tree: SourceTree, _ path: String, _ match: [UInt8], _ reason: String = "it does not exist"
    ) throws -> ImageError {
        if case .context(let context) = tree, try tree.view.locate(match, followsLast: true) != nil {
            return missing(
                tree, path, "\(context.patternFile) leaves it out",
                advice: "add !\(CleanPath.clean("/" + path).dropFirst()) to \(context.patternFile)")
        }
        return missing(tree, path, reason)
    }

    private func missing(
        _ tree: SourceTree, _ path: String, _ reason: String, advice: String? = nil
    ) -> ImageError {
        ImageError(.notFound, "cannot copy \(path) from \(tree.name)", reason, advice: advice)
    }

    /// Adds the source to errors of the system.
    private func reading<Result>(_ tree: SourceTree, _ path: String, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as FileError {
            throw ImageError(.failed, "cannot copy \(path) from \(tree.name)", "\(error)")
        }
    }
}
