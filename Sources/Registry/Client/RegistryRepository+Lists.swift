internal import HTTP
internal import JSON
package import OCI

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
    private func pages(
        _ request: RegistryRequest, _ host: RegistryHost, _ take: (JSONValue) throws -> Void
    ) async throws {
        var request = request
        for _ in 0..<Self.maximumPages {
            let response = try await host.send(request, accepting: [200])
            let json = try await self.json(of: response, request)
            try take(json)
            guard let next = Self.nextPage(response.headers), let url = HTTPURL.resolve(next, against: response.url)
            else { return }
            request.target = url
        }
        throw ImageError(.failed, request.attempt, "the registry's list has no end")
    }

    private func json(of response: HTTPResponse, _ request: RegistryRequest) async throws -> JSONValue {
        let bytes: [UInt8]
        do {
            bytes = try await response.body.collect(limit: Self.maximumPage)
        } catch let error as HTTPError {
            throw ImageError(.failed, request.attempt, error.reason)
        }
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw ImageError(.failed, request.attempt, "the registry's answer is not JSON: \(error)")
        }
    }

    private func listRequest(_ place: RepositoryPlace, _ rest: String, _ attempt: String) -> RegistryRequest {
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

    // MARK: Referrers

    package func referrers(of digest: Digest, artifactType: String?) async throws -> [Descriptor] {
        let all = try await reading(.digest(digest)) { place in
            try await self.listedReferrers(of: digest, artifactType, place)
        }
        let wanted = all.filter { artifactType == nil || $0.artifactType == artifactType }
        return wanted.sorted { $0.digest.description < $1.digest.description }
    }

    /// Asks the referrers API, and where there is none, the index under the fallback tag (distribution-spec, "Listing
    /// Referrers").
    private func listedReferrers(
        of digest: Digest, _ artifactType: String?, _ place: RepositoryPlace
    ) async throws -> [Descriptor] {
        var target = "referrers/\(digest)"
        if let artifactType { target += "?artifactType=\(HTTPURL.escape(artifactType))" }
        let request = listRequest(place, target, "cannot list the referrers of \(name)@\(digest)")
        var found: [Descriptor] = []
        do {
            try await pages(request, place.host) { json in found += try Index(json: json).manifests }
            return found
        } catch let error as ImageError where error.code == .denied {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Without the API, registries answer 404, another 4xx, a redirect or a page of HTML.
            return try await fallbackIndex(of: digest)?.manifests ?? []
        }
    }

    /// The tag under which clients keep referrers where the registry does not (distribution-spec, "Referrers Tag
    /// Schema").
    private static func fallbackTag(of digest: Digest) -> String {
        "\(digest.algorithm.rawValue)-\(digest.hex.prefix(64))"
    }

    private func fallbackIndex(of digest: Digest) async throws -> Index? {
        do {
            return try await manifest(.tag(Self.fallbackTag(of: digest))).index()
        } catch let error as ImageError where error.code == .notFound {
            return nil
        }
    }

    /// Enters a manifest into the fallback index of its subject (distribution-spec, "Pushing Manifests with Subject").
    func addToFallbackIndex(_ manifest: ManifestContent, subject: Digest) async throws {
        var index = try await fallbackIndex(of: subject) ?? Index(mediaType: MediaType.ociIndex)
        if index.manifests.contains(where: { $0.digest == manifest.digest }) { return }
        index.manifests.append(manifest.referrer)
        try await put(ManifestContent(index), as: .tag(Self.fallbackTag(of: subject)))
    }

    /// Takes a removed manifest out of the fallback index of its subject, where there is one.
    func removeFromFallbackIndex(_ digest: Digest, subject: Digest) async throws {
        guard var index = try await fallbackIndex(of: subject) else { return }
        let before = index.manifests.count
        index.manifests.removeAll { $0.digest == digest }
        guard index.manifests.count < before else { return }
        try await put(ManifestContent(index), as: .tag(Self.fallbackTag(of: subject)))
    }
}
