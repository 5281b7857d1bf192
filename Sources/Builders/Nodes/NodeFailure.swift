internal import OCI
internal import Processes

/// The reasons for which a node cannot be used, in a few words.
enum NodeFailure {
    private static let words: [(String, String)] = [
        ("refused", "connection refused"), ("no route", "no route to host"),
        ("unreachable", "host unreachable"),
        ("no such host", "no such host"), ("not known", "no such host"), ("could not resolve", "no such host"),
        ("name resolution", "no such host"), ("certificate", "certificate rejected"), ("tls", "TLS failed"),
        ("it is version", "another version"), ("permission denied", "permission denied"),
        ("host key", "host key unknown"),
        ("does not exist", "not there"), ("no such file", "not there"), ("no such container", "no such container"),
        ("there is no program", "program missing"),
        ("no such context", "no such context"),
        ("did not finish", "no answer"), ("did not answer", "no answer"), ("timed out", "no answer"),
        ("cannot connect", "no connection"),
    ]

    /// A reason in at most four words.
    static func summary(_ reason: String) -> String {
        let reason = reason.lowercased()
        return words.first { reason.contains($0.0) }?.1 ?? "error"
    }

    /// The status for an error.
    static func status(_ error: any Error, of node: BuilderNode) -> NodeStatus {
        let reason = (error as? ImageError)?.reason ?? "\(error)"
        let problem =
            error as? ImageError ?? ImageError(.failed, "cannot ask the node \(node.name)", reason)
        return NodeStatus(failure: summary(reason), problem)
    }
}
