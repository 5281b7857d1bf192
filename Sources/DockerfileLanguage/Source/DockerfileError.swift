package import OCI

/// Why a Dockerfile or an ignore file cannot be used: where, what is wrong, and what was probably meant.
package struct DockerfileError: Error, Hashable, Sendable {
    /// Where it stands.
    package let range: SourceRange
    /// What is wrong.
    package let reason: String
    /// What to do about it, if there is something to say.
    package let advice: String?

    package init(at range: SourceRange, _ reason: String, advice: String? = nil) {
        self.range = range
        self.reason = reason
        self.advice = advice
    }

    /// The first line of what is wrong, as it is in the file.
    package var lineText: String { range.source.line(range.start.line) }

    /// The description, and below it the lines with carets under what is wrong.
    package var rendering: String { description + "\n" + range.rendering() }

    /// The same as the error that everything else throws.
    package var imageError: ImageError {
        ImageError(.usage, "cannot use \(range)", reason, advice: advice)
    }
}

extension DockerfileError: CustomStringConvertible {
    /// `name:line:column: reason; advice`, in one line.
    package var description: String {
        let text = "\(range): \(reason)" + (advice.map { "; \($0)" } ?? "")
        return text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
