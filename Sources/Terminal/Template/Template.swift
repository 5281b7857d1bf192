/// A `--format` template in the language of Go's text/template, as Docker's users know it.
///
/// It has fields, variables, pipelines, `if`, `with`, `range`, `break`, `continue`, comments and trim markers, Go's
/// functions `and`, `or`, `not`, `index`, `slice`, `len`, `print`, `printf`, `println` and comparisons, and Docker's
/// `json`, `join`, `split`, `lower`, `upper`, `title`, `pad` and `truncate`. `json` lays its text out as
/// ``JSONValue/Layout/indented``.
///
/// A field is found by its exact name, or else by the name that Go's types give it, as in `.Platform.OSVersion`. A field
/// that is not there is empty; a field of a string, number or array is an error.
package struct Template: Sendable {
    private let nodes: [TemplateNode]

    /// - Throws: ``TemplateError`` for everything that is wrong whatever the data is.
    package init(parsing text: String) throws(TemplateError) {
        nodes = try TemplateParser.nodes(of: text)
    }

    /// Fills the template in. Lazy values are made when the evaluation reaches them, and not otherwise.
    ///
    /// - Parameter value: What `.` and `$` are at the start.
    /// - Returns: The text, with no newline added.
    /// - Throws: ``TemplateError`` when the data does not fit; what making a lazy value throws; `CancellationError`.
    package func render(_ value: TemplateValue) async throws -> String {
        var evaluator = TemplateEvaluator(value)
        try await evaluator.run(nodes)
        return evaluator.out
    }
}
