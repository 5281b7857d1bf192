/// A `--format` template in the language of Go's text/template, as in Docker.
///
/// Supported are fields, variables, pipelines, `if`, `with`, `range`, `break`, `continue`, comments and trim markers;
/// Go's functions `and`, `or`, `not`, `index`, `slice`, `len`, `print`, `printf`, `println` and comparisons; and
/// Docker's `json`, `join`, `split`, `lower`, `upper`, `title`, `pad` and `truncate`. `json` uses
/// ``JSONValue/Layout/indented``.
///
/// A field is found by its exact name, or else by the name in Go's types, such as `.Platform.OSVersion`. A missing
/// field is empty; a field of a string, number or array is an error.
package struct Template: Sendable {
    private let nodes: [TemplateNode]

    /// - Throws: ``TemplateError`` for all errors that do not depend on data.
    package init(parsing text: String) throws(TemplateError) {
        nodes = try TemplateParser.nodes(of: text)
    }

    /// Evaluates the template. Lazy values are made only if they are used.
    ///
    /// - Parameter value: The initial value of `.` and `$`.
    /// - Returns: The text, without an additional newline.
    /// - Throws: ``TemplateError`` if the data does not fit; the error of a lazy value; `CancellationError`.
    package func render(_ value: TemplateValue) async throws -> String {
        var evaluator = TemplateEvaluator(value)
        try await evaluator.run(nodes)
        return evaluator.out
    }
}
