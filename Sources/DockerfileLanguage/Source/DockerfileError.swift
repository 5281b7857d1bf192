package import OCI

/// An error in a Dockerfile or ignore file: its location, the problem, and a suggestion.
package struct DockerfileError: Error, Hashable, Sendable {
    /// The location.
    package let range: SourceRange
    /// The problem.
    package let reason: String
    /// A suggestion, if there is one.
    package let advice: String?

    package init(at range: SourceRange, _ reason: String, advice: String? = nil) {
        self.range = range
        self.reason = reason
        self.advice = advice
    }

    /// The first line of the range, as in the file.
    package var lineText: String { range.source.line(range.start.line) }

    /// The description, followed by the lines in question with carets.
    package var rendering: String { description + "\n" + range.rendering() }

    /// The same error as an ``ImageError``.
    package var imageError: ImageError {
        ImageError(.usage, "cannot use \(range)", reason, advice: advice)
    }
}

extension DockerfileError: CustomStringConvertible {
    /// `name:line:column: reason; advice`, on one line.
    package var description: String {
        let text = "\(range): \(reason)" + (advice.map { "; \($0)" } ?? "")
        return text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
