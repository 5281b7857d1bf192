internal import HTTP
internal import JSON
internal import OCI

extension RegistryRepository {
    private static let pageSize = 1000
    private static let maximumPages = 1000
    private static let maximumPage = 16 << 20

    package func tags() async throws -> [String] {
        try await reading(nil) { place in
            let request = self.listRequest(
                place, "tags/list?n=\(Self.pageSize)", "cannot list the tags of \(self.name)")
            var tags: Set<String> = []
            try await self.pages(request, place.host) { json in
                for tag in json["tags"]?.array ?? [] { if let tag = tag.string { tags.insert(tag) } }
            }
            return tags.sorted()
        }
    }

    /// Fetches a list page by page, as the `Link` headers say (RFC 8288).
    ///
    /// - Parameter first: The answer to the request, if it is there already.
    func pages(
        _ request: RegistryRequest, _ host: RegistryHost, from first: (HTTPResponse, body: [UInt8])? = nil,
        _ take: (JSONValue) throws -> Void
    ) async throws {
        var request = request
        var known = first
        for _ in 0..<Self.maximumPages {
            let (response, bytes) = if let known { known } else { try await self.page(request, host) }
            known = nil
            guard response.status == 200 else { throw await host.refusal(of: request, response) }
            let json: JSONValue
            do {
                json = try JSONValue(parsing: bytes)
            } catch {
                throw ImageError(.failed, request.attempt, "the registry's answer is not JSON: \(error)")
            }
            try take(json)
            guard let next = Self.nextPage(response.headers), let url = HTTPURL.resolve(next, against: response.url)
            else { return }
            request.target = url
        }
        throw ImageError(.failed, request.attempt, "the registry's list has no end")
    }

    func page(_ request: RegistryRequest, _ host: RegistryHost) async throws -> (HTTPResponse, body: [UInt8]) {
        try await host.fetch(request, limit: Self.maximumPage)
    }

    func listRequest(_ place: RepositoryPlace, _ rest: String, _ attempt: String) -> RegistryRequest {
        RegistryRequest(
            method: "GET", target: place.path(rest), scopes: [.pull(place.repository)],
            repository: place.repository.path, attempt: attempt)
    }

    /// The target of `<target>; rel="next"`.
    private static func nextPage(_ headers: HTTPHeaders) -> String? {
        for header in headers.all("Link") {
            for link in header.split(separator: ",") {
                guard let open = link.firstIndex(of: "<"), let close = link.firstIndex(of: ">"), open < close else {
                    continue
                }
                let parameters = link[close...].lowercased()
                if parameters.contains("rel=\"next\"") || parameters.contains("rel=next") {
                    return String(link[link.index(after: open)..<close])
                }
            }
        }
        return nil
    }
}
