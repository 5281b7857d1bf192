/// The kind of an expanded source of ADD.
package enum RemoteSource: Hashable, Sendable {
    /// A path in the build context.
    case path(String)
    /// A file to fetch over HTTP.
    case url(String)
    case git(GitReference)

    /// - Parameter isRepository: True if an `http` URL is known to be a repository, for instance because of
    ///   `--keep-git-dir`, so that its path need not end in `.git`.
    /// - Throws: ``GitReference/Unusable``.
    package init(recognising text: String, isRepository: Bool = false) throws(GitReference.Unusable) {
        if let reference = try GitReference(parsing: text, isRepository: isRepository) {
            self = .git(reference)
        } else if text.hasPrefix("http://") || text.hasPrefix("https://") {
            self = .url(text)
        } else {
            self = .path(text)
        }
    }
}

extension CopyInstruction {
    /// The kind of an expanded source.
    ///
    /// - Throws: ``DockerfileError`` for a repository with unknown or contradictory options.
    package func recognise(_ text: String, at range: SourceRange) throws(DockerfileError) -> RemoteSource {
        do throws(GitReference.Unusable) {
            return try RemoteSource(recognising: text, isRepository: keepsGitDirectory != nil)
        } catch {
            throw range.error("this Git repository cannot be used: \(error)")
        }
    }
}
