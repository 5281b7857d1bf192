internal import Spelling

/// What went wrong with an image: what was tried, why it failed, and what to do about it, in one line.
package struct ImageError: Error, Sendable, CustomStringConvertible {
    /// The kinds of trouble that a caller, or a script by the exit code, tells apart.
    package enum Code: Sendable {
        /// The words of the command are wrong: a reference, a platform, a flag.
        case usage
        /// A tag, manifest, blob, repository or platform is not there.
        case notFound
        /// The registry refused: not logged in, or not allowed.
        case denied
        /// Content is not what its digest, size or media type says.
        case verification
        /// An exchange broke off, or the other side was overloaded: what was tried may have been done or not, and trying
        /// again may help.
        case interrupted
        /// Somebody else has changed what was to be changed, so it was left alone.
        case overtaken
        /// Everything else.
        case failed
    }

    package let code: Code
    /// What was tried on what, as in "cannot read registry/repo:tag".
    package let attempt: String
    /// What came back.
    package let reason: String
    /// What to do next, if there is something.
    package let advice: String?

    package init(_ code: Code, _ attempt: String, _ reason: String, advice: String? = nil) {
        self.code = code
        self.attempt = attempt
        self.reason = reason
        self.advice = advice
    }

    package var description: String {
        let text = "\(attempt): \(reason)" + (advice.map { "; \($0)" } ?? "")
        return text.split(whereSeparator: \.isNewline).joined(separator: " ").escaped
    }
}
