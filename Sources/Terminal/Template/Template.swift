/// A `--format` template in the language of Go's text/template, as in Docker.
///
/// Supported are fields, variables, pipelines, `if`, `with`, `range`, `break`, `continue`, `define`, `template`, `block`,
/// comments and trim markers; Go's functions `and`, `or`, `not`, `index`, `slice`, `len`, `print`, `printf`, `println`,
/// `html`, `js`, `urlquery` and comparisons; and Docker's `json`, `join`, `split`, `lower`, `upper`, `title`, `pad` and
/// `truncate`. `json` uses ``JSONValue/Layout/indented``.
///
/// A field is found by its exact name, or else by the name in Go's types, such as `.Platform.OSVersion`. A field missing in
/// untyped JSON is `<no value>`; a field missing in a type is an error, and so is a field of a string, number, array or
/// `nil`.
package struct Template: Sendable {
    private let nodes: [TemplateNode]
    private let definitions: [String: [TemplateNode]]

    /// - Throws: ``TemplateError`` for all errors that do not depend on data.
    package init(parsing text: String) throws(TemplateError) {
        (nodes, definitions) = try TemplateParser.parse(text)
    }

    /// The name of the field in a template that consists of one field, such as `{{.Manifest}}`, and white space.
    package var onlyField: String? {
        let parts = nodes.filter { node in
            if case .text(let text) = node { !text.allSatisfy(\.isWhitespace) } else { true }
        }
        guard parts.count == 1, case .action(let pipeline) = parts[0], pipeline.variables.isEmpty,
            pipeline.commands.count == 1, case .value(let operand) = pipeline.commands[0], case .dot = operand.start,
            operand.fields.count == 1
        else { return nil }
        return operand.fields[0].name
    }

    /// Evaluates the template. Lazy values are made only if they are used.
    ///
    /// - Parameter value: The initial value of `.` and `$`.
    /// - Returns: The text, without an additional newline.
    /// - Throws: ``TemplateError`` if the data does not fit; the error of a lazy value; `CancellationError`.
    package func render(_ value: TemplateValue) async throws -> String {
        var evaluator = TemplateEvaluator(value, definitions)
        try await evaluator.run(nodes)
        return evaluator.out
    }
}
