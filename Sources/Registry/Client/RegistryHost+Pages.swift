internal import HTTP
internal import JSON
internal import OCI

extension RegistryHost {
    private static let maximumPage = 16 << 20
    /// The maximum number of consecutive pages without new elements. Some registries filter after pagination.
    private static let maximumFruitless = 100
    /// The maximum size of a list in memory, in bytes: millions of tags.
    private static let maximumList = 256 << 20

    /// Fetches a list page by page, following `Link` headers (RFC 8288).
    ///
    /// There may be any number of pages, provided that their addresses differ and new elements keep coming.
    ///
    /// - Parameters:
    ///   - first: The first response, if there is one already.
    ///   - take: Returns the number of new elements of a page and their size in memory, in bytes.
    func pages(
        _ request: RegistryRequest, from first: (HTTPResponse, body: [UInt8])? = nil,
        _ take: (JSONValue) throws -> (elements: Int, bytes: Int)
    ) async throws {
        var request = request
        var known = first
        var visited: Set<Int> = []
        var (fruitless, size) = (0, 0)
        while true {
            let (response, bytes) = if let known { known } else { try await page(request) }
            known = nil
            guard response.status == 200 else { throw await refusal(of: request, response) }
            let json: JSONValue
            do {
                json = try JSONValue(parsing: bytes)
            } catch {
                throw ImageError(.failed, request.attempt, "the registry's answer is not JSON: \(error)")
            }
            let new = try take(json)
            fruitless = new.elements > 0 ? 0 : fruitless + 1
            size += new.bytes
            guard
                let next = LinkHeader.parse(response.headers.all("Link")).first(where: { $0.relations.contains("next") }
                ),
                let url = HTTPURL.resolve(next.target, against: response.url)
            else { return }
            // Addresses may be long, and their hashes suffice, since hashing is seeded per process.
            guard response.url != url, visited.insert(url.hashValue).inserted, fruitless < Self.maximumFruitless else {
                throw ImageError(
                    .failed, request.attempt, "the registry's list has no end, its pages repeat themselves")
            }
            guard size <= Self.maximumList else {
                throw ImageError(
                    .failed, request.attempt, "the registry's list has no end, more than \(size >> 20) MiB came")
            }
            request.target = url
        }
    }

    func page(_ request: RegistryRequest) async throws -> (HTTPResponse, body: [UInt8]) {
        try await fetch(request, limit: Self.maximumPage)
    }
}
