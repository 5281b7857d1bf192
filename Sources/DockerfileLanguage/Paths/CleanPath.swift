/// Paths with slashes, processed as in Go's `path`.
package enum CleanPath {
    /// The shortest equivalent path: no empty parts, no `.`, no `..` that can be resolved; `.` if nothing is left.
    package static func clean(_ path: String) -> String {
        let isAbsolute = path.utf8.first == UInt8(ascii: "/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(part)
            } else if parts.last != nil, parts.last != ".." {
                parts.removeLast()
            } else if !isAbsolute {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        if isAbsolute { return "/" + joined }
        return joined.isEmpty ? "." : joined
    }

    /// The last component of a path.
    static func last(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? "/"
    }
}
