internal import Concurrency
package import DockerfileLanguage
internal import OCI

/// The folder that a build takes its files from, without what its ignore file names ("Build context" of Docker's
/// manual).
///
/// All of it belongs to root. A folder that was walked once is not walked again, so that one value shows one state of
/// the folder; every build makes a new one.
package final class ContextTree: Sendable {
    package let view: StackView
    let patterns: PathPatterns?
    /// What the ignore file is called.
    let patternFile: String
    private let walks = Guarded<[[[UInt8]]: WalkedTree]>([:])
    private let sockets = Guarded<Set<String>>([])
    private let warn: @Sendable (String) -> Void

    /// - Parameters:
    ///   - folder: An absolute path.
    ///   - patterns: What is ignored: as if it was not there.
    ///   - patternFile: Where the patterns stand, for errors.
    ///   - name: What errors call the context.
    ///   - warn: Is told what does not become what it is.
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

    /// Walks a folder, or remembers how it was.
    func walk(_ place: StackView.Place) throws(ImageError) -> WalkedTree {
        if let known = walks.withLock({ $0[place.names] }) { return known }
        let tree = try TreeWalk.walk(.context(self), from: place)
        walks.withLock { $0[place.names] = tree }
        return tree
    }
}
