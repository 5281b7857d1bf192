internal import Glibc

/// The search path of programs.
package enum ProgramPath {
    /// The absolute path of a program.
    ///
    /// - Parameters:
    ///   - name: A name, or a path, which is taken as it is.
    ///   - folders: Where it is looked for after the absolute folders of `PATH`.
    /// - Returns: `nil` when there is none that can be executed.
    package static func find(_ name: String, alsoIn folders: [String] = []) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        return (Self.folders + folders).map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// The absolute folders of `PATH`.
    private static var folders: [String] {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        return path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
    }
}
