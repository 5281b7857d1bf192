/// Why a `--format` template cannot be read, or cannot be filled in with what there is.
package struct TemplateError: Error, Hashable, CustomStringConvertible {
    /// Where in the template, counted in Unicode scalars from 1.
    package let position: Int
    /// What is wrong there.
    package let problem: String

    package var description: String { "template: at character \(position): \(problem)" }
}
