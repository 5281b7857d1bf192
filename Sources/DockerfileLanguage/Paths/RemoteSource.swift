/// What an expanded source of ADD is.
package enum RemoteSource: Hashable, Sendable {
    /// A path in the build context.
    case path(String)
    /// Something to fetch over HTTP.
    case url(String)
    case git(GitReference)

    /// - Throws: ``GitReference/Unusable``.
    package init(recognising text: String) throws(GitReference.Unusable) {
        if let reference = try GitReference(parsing: text) {
            self = .git(reference)
        } else if text.hasPrefix("http://") || text.hasPrefix("https://") {
            self = .url(text)
        } else {
            self = .path(text)
        }
    }
}
