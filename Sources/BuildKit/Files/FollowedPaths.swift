internal import DockerfileLanguage
internal import FileSystem

/// Paths in a folder, with the symbolic links on the way to them and what those refer to, as patterns for a
/// ``FileFilter``.
struct FollowedPaths {
    private let root: OpenFolder
    private var found: Set<String> = []

    /// - Returns: Sorted patterns, none of them below another one; `nil` if everything is meant.
    static func patterns(for paths: [String], in root: OpenFolder) -> [String]? {
        var followed = FollowedPaths(root)
        for path in paths { followed.follow(path) }
        return withoutNested(followed.found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    /// The patterns without those that are below the one before them; `nil` if one of them is the root.
    static func withoutNested(_ patterns: [String]) -> [String]? {
        if patterns.contains(".") { return nil }
        return patterns.reduce(into: []) { list, pattern in
            if let last = list.last, pattern.hasPrefix(last + "/") { return }
            list.append(pattern)
        }
    }

    private init(_ root: OpenFolder) {
        self.root = root
    }

    private mutating func follow(_ path: String) {
        // Paths that lead out of the root end there.
        var rest = CleanPath.clean("/" + path).split(separator: "/").map(String.init)[...]
        var current: [String] = []
        while let part = rest.popFirst() {
            current.append(part)
            let name = current.joined(separator: "/")
            let targets = links(at: current)
            if targets.isEmpty, !rest.isEmpty { continue }
            guard found.insert(name).inserted else { return }
            for target in targets { follow(([target] + rest).joined(separator: "/")) }
            return
        }
        if current.isEmpty { found.insert(".") }
    }

    /// The targets of the symbolic link at a path, or of those that its last part matches.
    private func links(at path: [String]) -> [String] {
        let above = path.dropLast()
        guard let last = path.last, let folder = try? root.open(below: Array(above.joined(separator: "/").utf8)) else {
            return []
        }
        var names = [last.asName]
        if let wildcard = (try? Wildcard(last)) ?? nil {
            names = ((try? folder.names()) ?? []).filter {
                wildcard.matches(String(decoding: $0.dropLast(), as: UTF8.self))
            }
        }
        return names.compactMap { name in
            guard let target = try? folder.linkTarget(name) else { return nil }
            let text = String(decoding: target, as: UTF8.self)
            return text.hasPrefix("/") ? text : (above + [text]).joined(separator: "/")
        }
    }
}
