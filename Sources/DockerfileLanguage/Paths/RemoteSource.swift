/// What an expanded source of ADD is.
package enum RemoteSource: Hashable, Sendable {
    /// A path in the build context.
    case path(String)
    /// Something to fetch over HTTP.
    case url(String)
    case git(GitReference)

    /// - Parameter isRepository: Whether something else says that an `http` URL is one of a repository, as
    ///   `--keep-git-dir` does, so that its path need not end in `.git`.
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
    /// What a source is when it has been expanded.
    ///
    /// - Throws: ``DockerfileError`` for a repository with options that do not exist or contradict each other.
    package func recognise(_ text: String, at range: SourceRange) throws(DockerfileError) -> RemoteSource {
        do throws(GitReference.Unusable) {
            return try RemoteSource(recognising: text, isRepository: keepsGitDirectory != nil)
        } catch {
            throw range.error("this Git repository cannot be used: \(error)")
        }
    }
}
