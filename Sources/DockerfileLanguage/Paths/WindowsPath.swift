/// Paths in Windows images, which Dockerfiles write with backslashes and builds handle with slashes.
package enum WindowsPath {
    /// A path that cannot be used.
    package struct Unusable: Error, Hashable, Sendable {
        package let reason: String
    }

    /// The path with slashes and without `C:`, relative if the rest is.
    ///
    /// - Throws: ``Unusable`` for other drives, a drive without a path, and network paths.
    package static func slashed(_ path: String) throws(Unusable) -> String {
        let path = String(path.map { $0 == "\\" ? "/" : $0 })
        if path.hasPrefix("//") { throw Unusable(reason: "a path cannot name another machine") }
        guard let colon = path.firstIndex(of: ":") else { return path }
        guard path[..<colon].lowercased() == "c" else { throw Unusable(reason: "an image has no drive but C:") }
        let rest = path[path.index(after: colon)...]
        guard !rest.isEmpty else { throw Unusable(reason: "there is no path after the drive") }
        return String(rest)
    }

    /// The path with backslashes.
    package static func backslashed(_ path: String) -> String { String(path.map { $0 == "/" ? "\\" : $0 }) }
}
