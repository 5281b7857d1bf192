internal import Builders
internal import JSON
internal import OCI
internal import Terminal

/// The output of `builder inspect`, as docker buildx shows it.
enum BuilderText {
    static func text(of report: BuilderReport) -> String {
        var head = [("Name", report.name), ("Driver", report.drivers)]
        if report.definition?.lastActivity != nil {
            let time = report.lastActivity.replacing("T", with: " ").replacing("Z", with: "")
            head.append(("Last Activity", "\(time) +0000 UTC"))
        }
        let nodes = report.nodes.map { text(of: $0, $1) }
        return FieldList(head).text + "\nNodes:\n" + nodes.joined(separator: "\n")
    }

    private static func text(of node: BuilderNode, _ status: NodeStatus) -> String {
        var fields = [("Name", node.name), ("Endpoint", BuilderReport.endpoint(of: node))]
        if !node.options.isEmpty {
            let options = node.options.sorted { $0.key < $1.key }
            fields.append(
                (
                    "Driver Options",
                    options.map { "\($0.key)=\(JSONValue.string($0.value).text())" }.joined(separator: " ")
                ))
        }
        if let problem = status.problem { fields.append(("Error", problem.description)) }
        fields.append(("Status", status.text))
        if !node.flags.isEmpty { fields.append(("BuildKit daemon flags", node.flags.joined(separator: " "))) }
        if let version = status.version {
            fields.append((node.driver == .imgtool ? "Version" : "BuildKit version", version))
        }
        let platforms = BuilderReport.platforms(of: node, status)
        if !platforms.isEmpty { fields.append(("Platforms", platforms.joined(separator: ", "))) }
        var text = FieldList(fields).text
        if !status.labels.isEmpty {
            let labels = status.labels.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
            text += "Labels:\n" + FieldList(labels, indent: 1, gap: 1).text
        }
        return text
    }
}
