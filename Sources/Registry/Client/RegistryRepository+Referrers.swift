internal import Concurrency
internal import HTTP
internal import JSON
package import OCI

extension RegistryRepository {
    /// The maximum number of attempts to change a fallback index among concurrent changes.
    private static let maximumRounds = 20

    package func referrers(of digest: Digest, artifactType: String?) async throws -> [Descriptor] {
        let all = try await reading(.digest(digest)) { location in
            try await self.listedReferrers(of: digest, artifactType, location)
        }
        let wanted = all.filter { artifactType == nil || $0.artifactType == artifactType }
        return wanted.sorted { $0.digest.description < $1.digest.description }
    }

    package func listedReferrers(of digest: Digest) async throws -> Set<Digest> {
        Set(try await listedReferrers(of: digest, nil, primary).map(\.digest))
    }

    /// Queries the referrers API, or else the index under the fallback tag (distribution-spec, "Listing Referrers").
    private func listedReferrers(
        of digest: Digest, _ artifactType: String?, _ location: RepositoryLocation
    ) async throws -> [Descriptor] {
        var target = "referrers/\(digest)"
        if let artifactType { target += "?artifactType=\(HTTPURL.escape(artifactType))" }
        let request = listRequest(location, target, "cannot list the referrers of \(name)@\(digest)")
        var found: [Descriptor] = []
        var seen: Set<Digest> = []
        func take(_ elements: [JSONValue]) throws -> (elements: Int, bytes: Int) {
            do {
                let new = try elements.map { try Descriptor(json: $0, at: JSONPath.root.member("manifests")) }
                    .filter { seen.insert($0.digest).inserted }
                found += new
                return (new.count, new.isEmpty ? 0 : elements.reduce(0) { $0 + $1.bytes(.compact).count })
            } catch {
                throw ImageError(.failed, request.attempt, "the registry's answer is not an index: \(error)")
            }
        }
        guard let first = try await firstPage(of: request, at: location, { try take($0).elements }) else {
            return try await fallbackIndex(of: digest, at: location)?.manifests ?? []
        }
        try await location.host.pages(request, of: "manifests", from: first, take)
        return found
    }

    /// The first page of the referrers API; `nil` if there is no such API. If the repository is known to have none, it
    /// is not asked again.
    private func firstPage(
        of request: RegistryRequest, at location: RepositoryLocation, _ take: ([JSONValue]) throws -> Int
    ) async throws -> ListPage? {
        let (host, path) = (location.host, location.repository.path)
        func ask() async throws -> ListPage? {
            let page = try await host.page(request, of: "manifests", take)
            let isList = page.rest?["manifests"]?.array != nil
            let answer = isList ? nil : await host.answer(page.response)
            if let answer, !Self.meansNoAPI(answer.status) {
                throw await host.refusal(of: request, page.response, answer)
            }
            // A registry that has the API says what is missing, with a code.
            host[referrersAPIOf: path] = answer?.status != 404 || answer?.code != nil
            return isList ? page : nil
        }
        if host[referrersAPIOf: path] == nil {
            let first: ListPage?? = try await host.referrersTurn.run {
                host[referrersAPIOf: path] == nil ? .some(try await ask()) : nil
            }
            if let first { return first }
        }
        return host[referrersAPIOf: path] == false ? nil : try await ask()
    }

    /// Returns true if the status shows that there is no such API: 404, another 4xx, or an HTML page. Denied and
    /// throttled requests and server errors do not show it.
    private static func meansNoAPI(_ status: Int) -> Bool {
        status == 200 || status == 501 || (400..<500).contains(status) && ![401, 403, 408, 429].contains(status)
    }

    /// The tag for the referrers of a manifest in registries without the API (distribution-spec, "Referrers Tag
    /// Schema").
    private static func fallbackTag(of digest: Digest) -> String {
        "\(digest.algorithm.rawValue)-\(digest.hex.prefix(64))"
    }

    private func fallbackIndex(of digest: Digest, at location: RepositoryLocation) async throws -> Index? {
        do {
            return try await fetch(.tag(Self.fallbackTag(of: digest)), at: location).index()
        } catch let error as ImageError where error.code == .notFound {
            return nil
        }
    }

    /// Adds a manifest to the fallback index of its subject (distribution-spec, "Pushing Manifests with Subject").
    func addToFallbackIndex(_ manifest: ManifestContent, subject: Digest) async throws {
        try await changeFallbackIndex(of: subject) { index in
            if index.manifests.contains(where: { $0.digest == manifest.digest }) { return false }
            index.manifests.append(manifest.referrer)
            return true
        }
    }

    /// Removes a deleted manifest from the fallback index of its subject, if there is one.
    func removeFromFallbackIndex(_ digest: Digest, subject: Digest) async throws {
        try await changeFallbackIndex(of: subject) { index in
            let before = index.manifests.count
            index.manifests.removeAll { $0.digest == digest }
            return index.manifests.count < before
        }
    }

    /// Changes the fallback index of a subject. Registries cannot make this conditional, so the index is read again for a
    /// while: another process that changed it at the same time may have overwritten the change, which is then repeated.
    ///
    /// - Parameter change: Returns true if it has changed the index.
    private func changeFallbackIndex(of subject: Digest, _ change: (inout Index) -> Bool) async throws {
        for _ in 0..<Self.maximumRounds {
            let written = try await primary.host.fallbackTurn.run { () -> Duration? in
                let started = ContinuousClock.now
                var index = try await fallbackIndex(of: subject, at: primary) ?? Index(mediaType: MediaType.ociIndex)
                guard change(&index) else { return nil }
                _ = try await write(ManifestContent(index), as: .tag(Self.fallbackTag(of: subject)))
                return started.duration(to: .now)
            }
            guard let written else { return }
            // Others are probably as slow as this process.
            let window = min(max(written * 5, .milliseconds(300)), .seconds(3))
            if try await stays(change, of: subject, for: window) { return }
        }
        throw ImageError(
            .failed, "cannot change the list of referrers \(name):\(Self.fallbackTag(of: subject))",
            "others kept overwriting it", advice: "run the command again")
    }

    /// Returns true if a change of a fallback index is not overwritten for a while.
    private func stays(
        _ change: (inout Index) -> Bool, of subject: Digest, for window: Duration
    ) async throws -> Bool {
        for _ in 0..<2 {
            try await Task.sleep(for: window / 2)
            var index = try await fallbackIndex(of: subject, at: primary) ?? Index(mediaType: MediaType.ociIndex)
            if change(&index) { return false }
        }
        return true
    }
}
