import OCI
import TestKit
import Testing

/// Runs the program to its end.
func imgtool(_ arguments: String...) async throws -> Tool.Outcome { try await Tool.imgtool.run(arguments) }

/// Runs the program, which has to succeed without a word on stderr.
///
/// - Returns: What it wrote to stdout, without the newline at the end.
@discardableResult
func succeeds(
    _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
) async throws -> String {
    let outcome = try await Tool.imgtool.run(arguments)
    #expect(outcome.status == 0, "\(outcome.error)", sourceLocation: sourceLocation)
    #expect(outcome.error == "", sourceLocation: sourceLocation)
    return outcome.output.hasSuffix("\n") ? String(outcome.output.dropLast()) : outcome.output
}

/// Expects that a run failed with a status, nothing on stdout, and one line on stderr that names certain things.
func expectFailure(
    _ outcome: Tool.Outcome, _ status: Int, naming parts: String..., sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(outcome.status == status, "\(outcome.error)", sourceLocation: sourceLocation)
    #expect(outcome.output == "", sourceLocation: sourceLocation)
    let lines = outcome.error.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 2 && lines.last == "", "\(outcome.error)", sourceLocation: sourceLocation)
    #expect(outcome.error.hasPrefix("imgtool: "), sourceLocation: sourceLocation)
    for part in parts {
        #expect(outcome.error.contains(part), "\(part) is not in: \(outcome.error)", sourceLocation: sourceLocation)
    }
}

/// Waits until something is so. The test's own time limit bounds it.
func waitUntil(_ isSo: () -> Bool) async throws {
    while !isSo() { try await Task.sleep(for: .milliseconds(5)) }
}

extension RegistryServer {
    /// A fresh repository with content by tag, as references have it: `127.0.0.1:PORT/test-…/app`.
    func repository(_ content: KeyValuePairs<String, any TestContent> = [:]) throws -> String {
        let path = freshRepository()
        for (tag, content) in content { try put(content, in: path, tag: tag) }
        return "\(host)/\(path)"
    }
}

/// The path of a repository, from a reference's part before the tag.
func path(of repository: String) -> String { String(repository.drop { $0 != "/" }.dropFirst()) }

extension FaultProxy {
    /// The repository as it is seen through the proxy.
    func repository(_ repository: String) -> String { "\(host)/\(path(of: repository))" }

    /// Method and last part of the path of each exchange but the first questions about the API, in order.
    var summary: [String] {
        exchanges.map { exchange in
            let parts = exchange.path.split(separator: "/")
            return "\(exchange.method) \(parts.suffix(2).joined(separator: "/"))"
        }
    }

    /// How many requests would change something.
    var writes: Int { exchanges.count { $0.method != "GET" && $0.method != "HEAD" } }
}
