internal import Archive
internal import DockerfileLanguage
package import FileSystem
internal import OCI

/// The tree that files are copied from.
package enum SourceTree: Sendable {
    case context(ContextTree)
    /// A stage, an image, or a folder without ignored files.
    case stack(StackView)

    var view: StackView {
        switch self {
        case .context(let context): context.view
        case .stack(let view): view
        }
    }

    /// The name for errors.
    package var name: String { view.name }

    var isContext: Bool {
        if case .context = self { true } else { false }
    }

    var patterns: PathPatterns? {
        if case .context(let context) = self { context.patterns } else { nil }
    }

    static func text(_ names: [[UInt8]]) -> String {
        names.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
    }

    /// The decision of the patterns on a folder; `nil` without patterns.
    func verdict(on names: [[UInt8]]) -> PathPatterns.Verdict? {
        guard let patterns else { return nil }
        var verdict = patterns.root
        for count in names.indices.map({ $0 + 1 }) {
            verdict = patterns.verdict(on: Self.text(Array(names[..<count])), below: verdict)
        }
        return verdict
    }

    /// Resolves a path, following links, among files that are not ignored.
    ///
    /// - Returns: `nil` if it does not exist.
    package func locate(_ path: [UInt8]) throws(FileError) -> StackView.Location? {
        if patterns == nil { return try view.locate(path, followsLast: true) }
        return try view.locate(path, followsLast: true, isVisible: isVisible)
    }

    /// Returns true unless the file is ignored, or it is a folder without any file that is not.
    private func isVisible(_ names: [[UInt8]], _ found: StackView.Found) -> Bool {
        guard let patterns, let verdict = verdict(on: names), verdict.isExcluded else { return true }
        return found.isFolder && !patterns.excludesEverything(below: Self.text(names), verdict)
    }

    /// The content of a folder.
    func walk(_ location: StackView.Location) throws(ImageError) -> WalkedTree {
        switch self {
        case .context(let context): try context.walk(location)
        case .stack: try TreeWalk.walk(self, from: location)
        }
    }

    /// The paths from the root that a wildcard matches. The content or target of a match is not examined.
    ///
    /// - Returns: `nil` if the folder before the wildcard does not exist.
    func matches(_ wildcard: Wildcard) throws(FileError) -> [[UInt8]]? {
        guard let start = try locate(Array(wildcard.folder.utf8)) else { return nil }
        guard start.found.isFolder else { return [] }
        var matches: [[UInt8]] = []
        func look(_ folders: [StackView.LayerPath], _ prefix: [UInt8], _ names: [[UInt8]], _ depth: Int)
            throws(FileError)
        {
            for (name, found) in try view.children(of: folders) {
                let path = prefix + name
                if wildcard.matches(String(decoding: path, as: UTF8.self)) {
                    let full = names + [name]
                    if isVisible(full, found) { matches.append(Array(full.joined(separator: [UInt8(ascii: "/")]))) }
                } else if found.isFolder, depth < wildcard.depth {
                    try look(found.folders, path + [UInt8(ascii: "/")], names + [name], depth + 1)
                }
            }
        }
        try look(start.found.folders, [], start.names, 1)
        return matches
    }

    /// Warns of a socket in a context, since an image cannot contain it.
    func noteSocket(_ found: StackView.Found, _ names: [[UInt8]]) {
        guard found.status.kind == .socket, case .context(let context) = self else { return }
        context.noteSocket(Self.text(names))
    }
}
