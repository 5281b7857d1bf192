import OCI
import TestKit
import Testing

/// Without this header, Distribution hides manifests of image-spec.
let acceptManifests = "Accept: \(MediaType.manifests.joined(separator: ", "))"

/// Asks with curl for the status of an answer, and expects one.
func expectStatus(
    _ expected: Int, _ arguments: String..., at location: SourceLocation = #_sourceLocation
) async throws {
    let words = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", acceptManifests] + arguments
    let status = try await Tool.curl.output(arguments: words)
    #expect(status == String(expected), "\(arguments)", sourceLocation: location)
}
