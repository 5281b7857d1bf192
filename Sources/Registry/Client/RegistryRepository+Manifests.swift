internal import HTTP
package import OCI

extension RegistryRepository {
    /// The maximum number of attempts to write a manifest that the registry refuses for the time being.
    private static let maximumManifestAttempts = 3
    private static let accept = MediaType.manifests.joined(separator: ", ")

    package func resolve(_ reference: ManifestReference) async throws -> Descriptor {
        try await reading(reference) { location in
            let request = try self.request("HEAD", location, reference)
            let response = try await location.host.send(request)
            switch response.status {
            case 200:
                if let descriptor = Self.descriptor(from: response, reference) { return descriptor }
            case 404: throw await self.missing(reference, location.host.refusal(of: request, response))
            case 401, 408, 429, 500, 502...504: throw await location.host.refusal(of: request, response)
            default: break
            }
            // Some registries omit headers from HEAD responses or refuse them without details; GET provides more.
            return try await self.fetch(reference, at: location).descriptor
        }
    }

    package func manifest(_ reference: ManifestReference) async throws -> ManifestContent {
        try await reading(reference) { try await self.fetch(reference, at: $0) }
    }

    /// Fetches a manifest (distribution-spec, "Pulling manifests").
    func fetch(_ reference: ManifestReference, at location: RepositoryLocation) async throws -> ManifestContent {
        let request = try request("GET", location, reference)
        let (response, bytes) = try await location.host.fetch(request, limit: Int(ManifestContent.maximumSize))
        guard response.status == 200 else {
            let refusal = await location.host.refusal(of: request, response)
            throw response.status == 404 ? await missing(reference, refusal) : refusal
        }
        let content = try ManifestContent(
            bytes: bytes, mediaType: MediaType.withoutParameters(response.headers["Content-Type"] ?? ""),
            digest: reference.digest, of: name(reference))
        if reference.digest == nil, let claimed = response.headers["Docker-Content-Digest"],
            claimed != content.digest.description, let digest = try? Digest(claimed), digest.algorithm == .sha256
        {
            location.host.warn(
                "\(name(reference)): the registry says that its digest is \(claimed), but it is \(content.digest)")
        }
        return content
    }

    private func request(
        _ method: String, _ location: RepositoryLocation, _ reference: ManifestReference
    ) throws(ImageError) -> RegistryRequest {
        RegistryRequest(
            method: method, target: try path(of: reference, at: location, "cannot read \(name(reference))"),
            headers: ["Accept": Self.accept],
            scopes: [.pull(location.repository)], repository: location.repository.path,
            attempt: "cannot read \(name(reference))")
    }

    /// The API path of a manifest.
    ///
    /// Tags may come from anywhere, such as a layout or the list of another registry. One that is no tag could name
    /// something else in this registry.
    ///
    /// - Throws: ``ImageError`` if the tag is none.
    func path(
        of reference: ManifestReference, at location: RepositoryLocation, _ attempt: String
    ) throws(ImageError) -> String {
        if case .tag(let tag) = reference, !Reference.isTag(tag) {
            throw ImageError(
                .failed, attempt, "registries have tags of at most 128 letters, digits and . _ - only")
        }
        return location.path("manifests/\(reference)")
    }

    private func missing(_ reference: ManifestReference, _ refusal: ImageError) async -> ImageError {
        let advice = reference.digest == nil ? "imgtool tags \(name) lists the tags there are" : nil
        return ImageError(.notFound, refusal.attempt, refusal.reason, advice: advice)
    }

    /// The descriptor from the headers of a response, if they are sufficient.
    private static func descriptor(from response: HTTPResponse, _ reference: ManifestReference) -> Descriptor? {
        let type = MediaType.withoutParameters(response.headers["Content-Type"] ?? "")
        guard MediaType.isManifest(type), let size = response.headers["Content-Length"].flatMap(Int64.init(byteCount:)),
            let digest = reference.digest ?? response.headers["Docker-Content-Digest"].flatMap({ try? Digest($0) })
        else { return nil }
        return Descriptor(mediaType: type, digest: digest, size: size)
    }

    // MARK: Writing

    package func holds(_ manifest: Descriptor, as tag: String) async throws -> Bool {
        var request = try request("HEAD", primary, .tag(tag))
        // Whoever asks is about to write, for which one token is enough.
        request.scopes = [.push(primary.repository)]
        return Self.answer(try await primary.host.send(request), names: manifest.digest)
    }

    package func put(_ manifest: ManifestContent, as naming: ManifestNaming) async throws {
        var response = try await write(manifest, as: naming)
        guard let subject = manifest.subject else { return }
        // The response with the `OCI-Subject` header was lost; ask again in a way that does not move a tag.
        if response == nil { response = try await write(manifest, as: .digest) }
        if response?.headers["OCI-Subject"] == nil {
            try await addToFallbackIndex(manifest, subject: subject.digest)
        }
    }

    /// Writes a manifest and nothing else (distribution-spec, "Pushing Manifests").
    ///
    /// - Returns: `nil` if it was written, but the response was lost.
    func write(_ manifest: ManifestContent, as naming: ManifestNaming) async throws -> HTTPResponse? {
        let reference: ManifestReference =
            naming.tag.map { .tag($0) } ?? .digest(manifest.digest)
        let attempt = "cannot write \(name(reference))"
        var request = RegistryRequest(
            method: "PUT", target: try path(of: reference, at: primary, attempt),
            headers: ["Content-Type": manifest.mediaType], body: .bytes(manifest.bytes),
            scopes: [.push(primary.repository)], repository: primary.repository.path,
            attempt: attempt)
        // After a lost response, another process may have moved the tag, so check it first.
        if case .tagOnce(_, let replaced) = naming {
            request.isRepeatable = false
            // The entity tag of a manifest is its digest, if the registry provides one (RFC 9110, section 13.1.1).
            if let replaced { request.headers["If-Match"] = "\"\(replaced)\"" }
        }
        if naming.tag != nil { request.isDone = { try await self.holds(manifest, as: reference) } }
        do {
            let (response, answer) = try await sendManifest(request)
            if let answer {
                let refusal = await primary.host.refusal(of: request, response, answer)
                // A registry that does not support the condition may refuse it in any of these ways.
                guard request.headers["If-Match"] != nil, [400, 501].contains(response.status) else { throw refusal }
                throw ImageError(.overtaken, refusal.attempt, refusal.reason, advice: refusal.advice)
            }
            try check(response, to: request, keeps: manifest)
            return response
        } catch is RegistryRequest.WasDone {
            return nil
        }
    }

    /// Sends the request for a manifest, and again while the registry is busy with what the manifest refers to.
    ///
    /// - Returns: The response, and its description unless it is a success.
    private func sendManifest(_ request: RegistryRequest) async throws -> (HTTPResponse, RegistryAnswer?) {
        let host = primary.host
        var budget = RetryBudget(host.retry.policy)
        while true {
            let response = try await host.send(request)
            if [200, 201, 202].contains(response.status) { return (response, nil) }
            let answer = await host.answer(response)
            guard answer.mayPass, let pause = budget.pause(limit: Self.maximumManifestAttempts) else {
                return (response, answer)
            }
            host.retry.noteRetry("it answered \(answer)", pause)
            try await Task.sleep(for: pause)
        }
    }

    /// Returns true if the registry reports that it has the manifest.
    private func holds(_ manifest: ManifestContent, as reference: ManifestReference) async throws -> Bool {
        let request = try request("HEAD", primary, reference)
        return Self.answer(try await primary.host.authorized(request), names: manifest.digest)
    }

    private static func answer(_ response: HTTPResponse, names digest: Digest) -> Bool {
        response.status == 200 && response.headers["Docker-Content-Digest"] == digest.description
    }

    /// Looks at what a registry says that it has kept: one that rewrites manifests has nothing under the digest that
    /// everybody else knows.
    private func check(_ response: HTTPResponse, to request: RegistryRequest, keeps manifest: ManifestContent) throws {
        guard let kept = response.headers["Docker-Content-Digest"].flatMap({ try? Digest($0) }) else { return }
        guard kept != Digest(of: manifest.bytes, algorithm: kept.algorithm) else { return }
        throw keepsOther(kept, instead: manifest.digest, request)
    }

    func keepsOther(_ kept: Digest, instead digest: Digest, _ request: RegistryRequest) -> ImageError {
        ImageError(
            .verification, request.attempt,
            "\(primary.host.name) keeps something else, with the digest \(kept) instead of \(digest)")
    }

    // MARK: Removing

    package func removeTag(_ tag: String) async throws {
        let request = try removal(of: .tag(tag))
        let response = try await primary.host.send(request)
        if [200, 202].contains(response.status) { return }
        let refusal = await primary.host.refusal(of: request, response)
        guard [400, 404, 405, 501].contains(response.status) else { throw refusal }
        // Registries that cannot remove tags respond as if the tag did not exist.
        _ = try await resolve(.tag(tag))
        throw ImageError(
            .failed, refusal.attempt,
            "this registry cannot remove a tag alone (\(refusal.reason)); nothing was removed",
            advice: "--manifest removes the manifest together with every tag that points to it")
    }

    package func removeManifest(_ digest: Digest) async throws {
        let content = try? await fetch(.digest(digest), at: primary)
        try Task.checkCancellation()
        let request = try removal(of: .digest(digest))
        let response = try await primary.host.send(request)
        if response.status == 405 {
            throw ImageError(.failed, request.attempt, "this registry does not let manifests be removed")
        }
        guard [200, 202].contains(response.status) else { throw await primary.host.refusal(of: request, response) }
        if let subject = content?.subject { try await removeFromFallbackIndex(digest, subject: subject.digest) }
    }

    private func removal(of reference: ManifestReference) throws(ImageError) -> RegistryRequest {
        let attempt = "cannot remove \(name(reference))"
        return RegistryRequest(
            method: "DELETE", target: try path(of: reference, at: primary, attempt),
            scopes: [.delete(primary.repository)], repository: primary.repository.path, attempt: attempt)
    }
}
