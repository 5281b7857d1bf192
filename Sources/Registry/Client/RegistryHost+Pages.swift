internal import HTTP
internal import JSON
internal import OCI

/// One page of a list, without the elements.
struct ListPage {
    let response: HTTPResponse
    /// The page without its elements; `nil` unless the status is 200 and it is JSON.
    var rest: JSONValue?
    /// Why it is not JSON.
    var problem: JSONError?
    /// The number of new elements.
    var found = 0
}

extension RegistryHost {
    /// The maximum size of one element, in bytes.
    private static let maximumElement = 16 << 20
    /// The maximum number of consecutive pages without new elements. Some registries filter after pagination.
    private static let maximumFruitless = 100
    /// The maximum size of a list in memory, in bytes: millions of tags.
    private static let maximumList = 256 << 20

    /// Fetches a list page by page, following `Link` headers (RFC 8288).
    ///
    /// There may be any number of pages of any size, provided that their addresses differ and new elements keep coming.
    ///
    /// - Parameters:
    ///   - name: The name of the list in a page.
    ///   - first: The first page, if there is one already.
    ///   - take: Takes elements as they arrive, some of them twice when a response is cut off. Returns the number of new
    ///     elements and their size in memory, in bytes.
    func pages(
        _ request: RegistryRequest, of name: String, from first: ListPage? = nil,
        _ take: ([JSONValue]) throws -> (elements: Int, bytes: Int)
    ) async throws {
        var request = request
        var known = first
        var visited: Set<Int> = []
        var (fruitless, size) = (0, 0)
        while true {
            let page: ListPage
            if let known {
                page = known
            } else {
                page = try await self.page(request, of: name) { elements in
                    let new = try take(elements)
                    size += new.bytes
                    guard size <= Self.maximumList else {
                        throw ImageError(
                            .failed, request.attempt, "the registry's list has no end, more than \(size >> 20) MiB came"
                        )
                    }
                    return new.elements
                }
            }
            known = nil
            let response = page.response
            guard response.status == 200 else { throw await refusal(of: request, response) }
            if let problem = page.problem {
                throw ImageError(.failed, request.attempt, "the registry's answer is not JSON: \(problem)")
            }
            fruitless = page.found > 0 ? 0 : fruitless + 1
            guard let url = try nextPage(after: response, request) else { return }
            // Addresses may be long, and their hashes suffice, since hashing is seeded per process.
            guard response.url != url, visited.insert(url.hashValue).inserted, fruitless < Self.maximumFruitless else {
                throw ImageError(
                    .failed, request.attempt, "the registry's list has no end, its pages repeat themselves")
            }
            request.target = url
        }
    }

    /// The address of the next page, by the `Link` headers of a response.
    ///
    /// - Throws: ``ImageError`` if there may be one that cannot be read: half a list is none.
    private func nextPage(after response: HTTPResponse, _ request: RegistryRequest) throws(ImageError) -> String? {
        let list = LinkHeader.parse(response.headers.all("Link"))
        let next = list.links.first { $0.relations.contains("next") }
        guard let unreadable = next?.target ?? list.malformed.first else { return nil }
        if let next, let url = HTTPURL.resolve(next.target, against: response.url) { return url }
        throw ImageError(
            .failed, request.attempt,
            "the registry's list goes on at an address that cannot be read, \"\(unreadable)\" in its Link header")
    }

    /// Fetches one page of a list, of any size, since its elements are taken as they arrive.
    ///
    /// - Parameter take: Takes elements. Returns the number of new ones.
    func page(
        _ request: RegistryRequest, of name: String, _ take: ([JSONValue]) throws -> Int
    ) async throws -> ListPage {
        var found = 0
        let (response, content) = try await fetch(request) { body in
            var reader = JSONListReader(name, limit: Self.maximumElement)
            do {
                while let piece = try await body.next() { found += try take(try reader.take(piece)) }
                let rest = try reader.finish()
                found += try take(rest[name]?.array ?? [])
                return Result<JSONValue, JSONError>.success(rest)
            } catch let error as JSONError {
                return .failure(error)
            }
        }
        var page = ListPage(response: response, found: found)
        switch content {
        case .success(let rest): page.rest = rest
        case .failure(let problem): page.problem = problem
        case nil: break
        }
        return page
    }
}
