internal import Concurrency
internal import HTTP
internal import JSON
package import OCI

extension RegistryRepository {
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
        let first = try await page(request, place.host)
        guard Self.isIndex(first.body) else {
            guard Self.meansNoAPI(first.0.status) else { throw await place.host.refusal(of: request, first.0) }
            return try await fallbackIndex(of: digest)?.manifests ?? []
        }
        var found: [Descriptor] = []
        var seen: Set<Digest> = []
        try await pages(request, place.host, from: first) { json in
            do {
                let new = try Index(json: json).manifests.filter { seen.insert($0.digest).inserted }
                found += new
                return (new.count, new.isEmpty ? 0 : json.bytes(.compact).count)
            } catch {
                throw ImageError(.failed, request.attempt, "the registry's answer is not an index: \(error)")
            }
        }
        return found
    }

    private static func isIndex(_ bytes: [UInt8]) -> Bool {
        (try? JSONValue(parsing: bytes))?["manifests"]?.array != nil
    }

    /// Without the API, registries answer 404, another 4xx, or a page of HTML. Who is refused or has to wait, or meets
    /// a registry that is out of order, knows nothing yet.
    private static func meansNoAPI(_ status: Int) -> Bool {
        status == 200 || status == 501 || (400..<500).contains(status) && ![401, 403, 408, 429].contains(status)
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
        try await changeFallbackIndex(of: subject) { index in
            if index.manifests.contains(where: { $0.digest == manifest.digest }) { return false }
            index.manifests.append(manifest.referrer)
            return true
        }
    }

    /// Takes a removed manifest out of the fallback index of its subject, where there is one.
    func removeFromFallbackIndex(_ digest: Digest, subject: Digest) async throws {
        try await changeFallbackIndex(of: subject) { index in
            let before = index.manifests.count
            index.manifests.removeAll { $0.digest == digest }
            return index.manifests.count < before
        }
    }

    /// - Parameter change: Says whether it has changed something.
    private func changeFallbackIndex(of subject: Digest, _ change: (inout Index) -> Bool) async throws {
        try await primary.host.fallbackTurn.run {
            var index = try await fallbackIndex(of: subject) ?? Index(mediaType: MediaType.ociIndex)
            guard change(&index) else { return }
            _ = try await write(ManifestContent(index), as: .tag(Self.fallbackTag(of: subject)))
        }
    }
}
