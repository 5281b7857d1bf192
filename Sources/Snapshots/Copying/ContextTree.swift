internal import Concurrency
package import DockerfileLanguage
internal import OCI

/// The files of a build context, except ignored ones ("Build context" in Docker's manual).
///
/// All files belong to root. Each folder is walked only once, so that a value shows one state of the context; every
/// build creates a new one.
package final class ContextTree: Sendable {
    package let view: StackView
    let patterns: PathPatterns?
    /// The name of the ignore file.
    let patternFile: String
    private let walks = Guarded<[[[UInt8]]: WalkedTree]>([:])
    private let sockets = Guarded<Set<String>>([])
    private let warn: @Sendable (String) -> Void

    /// - Parameters:
    ///   - folder: An absolute path.
    ///   - patterns: The patterns of ignored files, which are treated as absent.
    ///   - patternFile: The name of the ignore file, for errors.
    ///   - name: The name of the context, for errors.
    ///   - warn: Called for files that are not copied faithfully.
    package init(
        folder: String, ignoring patterns: PathPatterns? = nil, patternFile: String = ".dockerignore",
        name: String = "the build context", warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        view = StackView(folder: folder, name: name)
        self.patterns = patterns.flatMap { $0.isEmpty ? nil : $0 }
        self.patternFile = patternFile
        self.warn = warn
    }

    /// Warns of a socket, once.
    func noteSocket(_ path: String) {
        guard sockets.withLock({ $0.insert(path).inserted }) else { return }
        warn("\(path) of \(view.name) is a socket, and is copied as an empty file")
    }

    /// The content of a folder, walked on first use.
    func walk(_ location: StackView.Location) throws(ImageError) -> WalkedTree {
        if let known = walks.withLock({ $0[location.names] }) { return known }
        let tree = try TreeWalk.walk(.context(self), from: location)
        walks.withLock { $0[location.names] = tree }
        return tree
    }
}
