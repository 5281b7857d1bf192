/// An error in a `--format` template, or in its evaluation.
package struct TemplateError: Error, Hashable, CustomStringConvertible {
    /// The position in the template, in Unicode scalars, starting at 1.
    package let position: Int
    /// The problem.
    package let problem: String

    package var description: String { "template: at character \(position): \(problem)" }
}
