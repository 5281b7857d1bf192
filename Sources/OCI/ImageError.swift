internal import Spelling

/// A failed operation on an image: what was tried, the reason, and what to do next, on one line.
package struct ImageError: Error, Sendable, CustomStringConvertible {
    /// The categories of errors that callers, and scripts by the exit status, can distinguish.
    package enum Code: Sendable {
        /// Invalid usage: a reference, a platform, a flag.
        case usage
        /// A tag, manifest, blob, repository or platform does not exist.
        case notFound
        /// The registry denied access: not logged in, or not authorised.
        case denied
        /// Content does not match its digest, size or media type.
        case verification
        /// The exchange broke off, or the other side was overloaded. It is unknown whether the operation took effect;
        /// trying again may help.
        case interrupted
        /// Another process changed the target in the meantime, so it was left alone.
        case overtaken
        /// Anything else.
        case failed
    }

    package let code: Code
    /// The operation, such as "cannot read registry/repo:tag".
    package let attempt: String
    /// The reason.
    package let reason: String
    /// Advice on what to do next, if there is any.
    package let advice: String?

    package init(_ code: Code, _ attempt: String, _ reason: String, advice: String? = nil) {
        self.code = code
        self.attempt = attempt
        self.reason = reason
        self.advice = advice
    }

    /// The same error for content below the requested image, or for the destination: `failed` instead of `notFound`,
    /// which is for images that may appear later.
    package var inside: ImageError {
        code == .notFound ? ImageError(.failed, attempt, reason, advice: advice) : self
    }

    package var description: String {
        let text = "\(attempt): \(reason)" + (advice.map { "; \($0)" } ?? "")
        return text.split(whereSeparator: \.isNewline).joined(separator: " ").escaped
    }
}
