internal import HTTP
package import OCI

/// The number of requests that a registry accepts (draft-ietf-httpapi-ratelimit-headers, as on Docker Hub).
package struct RateLimit: Sendable, Hashable {
    /// The number of requests in a window.
    package let limit: Int
    /// The number of requests left.
    package let remaining: Int
    /// The length of the window, in seconds, where it is told.
    package let window: Int?
    /// Whom the registry counts them for, where it tells.
    package let source: String?
}

extension RegistryRepository {
    /// The limit that the registry names when it is asked for a manifest. Asking does not count.
    ///
    /// - Returns: `nil` when it names none.
    /// - Throws: ``ImageError``.
    package func rateLimit(_ reference: ManifestReference) async throws -> RateLimit? {
        let attempt = "cannot read the rate limit of \(name(reference))"
        let request = RegistryRequest(
            method: "HEAD", target: try path(of: reference, at: primary, attempt),
            headers: ["Accept": MediaType.manifests.joined(separator: ", ")], scopes: [.pull(repository)],
            repository: repository.path, attempt: attempt)
        let response = try await primary.host.send(request)
        // The response that refuses a request names the limit, too.
        guard let limit = Self.field(response.headers["RateLimit-Limit"]),
            let remaining = Self.field(response.headers["RateLimit-Remaining"])
        else {
            guard response.status == 200 else { throw await primary.host.refusal(of: request, response) }
            return nil
        }
        return RateLimit(
            limit: limit.count, remaining: remaining.count, window: limit.window ?? remaining.window,
            source: response.headers["Docker-RateLimit-Source"])
    }

    /// The number and the window in `100;w=21600`.
    private static func field(_ header: String?) -> (count: Int, window: Int?)? {
        guard let parts = header?.split(separator: ";").map({ $0.filter { $0 != " " } }), let first = parts.first,
            let count = Int(first)
        else { return nil }
        return (count, parts.dropFirst().first { $0.hasPrefix("w=") }.flatMap { Int($0.dropFirst(2)) })
    }
}
