internal import Builders
internal import JSON
internal import OCI
internal import Terminal

/// The output of `builder ls`: a row for each builder, and below it one for each node, as docker buildx shows them.
enum BuilderTable {
    /// The values that a template has for a row.
    private struct Row {
        let fields: [(name: String, value: String)]
        let builder: JSONValue

        var data: TemplateValue {
            .object(
                fields.map { TemplateMember($0.name, .json(.string($0.value))) }
                    + [TemplateMember("Builder", .json(builder))])
        }
    }

    private static let titles: [(name: String, value: String)] = [
        ("Name", "NAME/NODE"), ("DriverEndpoint", "DRIVER/ENDPOINT"), ("LastActivity", "LAST ACTIVITY"),
        ("Status", "STATUS"), ("Buildkit", "BUILDKIT"), ("Platforms", "PLATFORMS"), ("Error", "ERROR"),
    ]
    private static let usualColumns = ["Name", "DriverEndpoint", "Status", "Buildkit", "Platforms"]

    /// - Parameter format: `table`, `json`, a Go template for each row, or `table` with a template for its columns.
    /// - Throws: ``ImageError``.
    static func text(of builders: [BuilderReport], format: String) async throws -> String {
        switch format {
        case "json": return builders.map { "\($0.json.text(.shownOnOneLine))\n" }.joined()
        case "table", "":
            let rows = rows(of: builders, inTable: true).map { row in
                usualColumns.map { name in row.fields.first { $0.name == name }?.value ?? "" }
            }
            let names = usualColumns.map { name in titles.first { $0.0 == name }?.1 ?? "" }
            return TextTable(docker: names, rows: rows).text
        default: break
        }
        let isTable = format.hasPrefix("table ")
        let source = String(format.dropFirst(isTable ? 6 : 0)).replacing("\\t", with: "\t").replacing("\\n", with: "\n")
        let template = try InspectTemplate.parse(source)
        var lines: [String] = []
        for row in rows(of: builders, inTable: isTable) { lines.append(try await render(template, row.data)) }
        guard isTable else { return lines.map { "\($0)\n" }.joined() }
        let header = Row(fields: titles, builder: "")
        let cells = ([try await render(template, header.data)] + lines).map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        return TextTable(docker: cells[0], rows: Array(cells.dropFirst())).text
    }

    private static func rows(of builders: [BuilderReport], inTable isTable: Bool) -> [Row] {
        builders.flatMap { report in
            let builder = report.json
            let mark = report.isCurrent && isTable ? "*" : ""
            let first = row(
                ["\(report.name)\(mark)", report.drivers, report.lastActivity, report.problem == nil ? "" : "error"],
                error: report.problem, of: builder)
            let prefix = isTable ? " \\_ " : ""
            return [first]
                + report.nodes.map { node, status in
                    row(
                        [
                            prefix + node.name, prefix + BuilderReport.endpoint(of: node), "", status.text,
                            status.version ?? "",
                            BuilderReport.platforms(of: node, status).joined(separator: ", "),
                        ], error: status.problem, of: builder)
                }
        }
    }

    private static func row(
        _ values: [String], error: ImageError?, of builder: JSONValue
    ) -> Row {
        var fields = titles.map { (name: $0.0, value: "") }
        for (index, value) in values.enumerated() { fields[index].value = value }
        fields[fields.count - 1].value = error?.description ?? ""
        return Row(fields: fields, builder: builder)
    }

    private static func render(_ template: Template, _ row: TemplateValue) async throws -> String {
        do {
            return try await template.render(row)
        } catch let error as TemplateError {
            throw ImageError(.failed, "cannot show the builders in --format", "\(error)")
        }
    }
}
