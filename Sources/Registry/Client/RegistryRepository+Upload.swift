internal import Concurrency
internal import HTTP
package import OCI

extension RegistryRepository {
    /// The size of the pieces in a chunked upload, unless the registry requires larger ones.
    private static let chunkSize: Int64 = 16 << 20

    package func put(
        _ blob: BlobContent, mountingFrom neighbour: (any ImageSource)?
    ) async throws -> BlobPlacement {
        var session: UploadSession?
        if let source = neighbour as? RegistryRepository, source.primary.host === primary.host {
            if source.primary.repository == primary.repository { return .existed }
            session = try await mount(blob.descriptor, from: source.primary.repository)
            if session == nil { return .mounted }
        } else if try await hasBlob(blob.descriptor, at: primary) {
            return .existed
        }
        try await write(blob, session)
        return .written
    }

    /// Uploads a blob, resuming as long as there is progress or attempts are left.
    private func write(_ blob: BlobContent, _ session: UploadSession?) async throws {
        var session = session
        var budget: RetryBudget?
        while true {
            do {
                let open: UploadSession
                if let session { open = session } else { open = try await startUpload(of: blob.descriptor) }
                return try await upload(blob, through: open)
            } catch let interruption as UploadInterruption {
                var left = budget ?? RetryBudget(primary.host.retry.policy)
                guard let pause = left.pause(asked: interruption.asked) else { throw interruption.cause }
                primary.host.retry.noteRetry(interruption.cause.reason, pause)
                try await Task.sleep(for: pause)
                let offset = interruption.session.offset
                session = try await resumedSession(of: blob.descriptor, interruption.session)
                // Possibly only the response to the last part was lost.
                if session == nil, try await hasBlob(blob.descriptor, at: primary) { return }
                budget = session.map { $0.offset > offset } == true ? nil : left
            }
        }
    }

    // MARK: Opening

    /// Mounts a blob of another repository (distribution-spec, "Mounting a blob from another repository").
    ///
    /// - Returns: `nil` if it was mounted, otherwise the upload session to use instead.
    private func mount(_ descriptor: Descriptor, from source: Repository) async throws -> UploadSession? {
        let query = "?mount=\(HTTPURL.escape(descriptor.digest.description))&from=\(HTTPURL.escape(source.path))"
        var request = uploadRequest("POST", primary.path("blobs/uploads/") + query, descriptor)
        request.scopes.append(.pull(source))
        let response: HTTPResponse
        do {
            response = try await primary.host.send(request)
        } catch let error as ImageError where error.code == .denied {
            return try await startUpload(of: descriptor)
        }
        switch response.status {
        case 201: return nil
        case 202: return try session(from: response, request)
        default: return try await startUpload(of: descriptor)
        }
    }

    /// Starts an upload (distribution-spec, "Pushing blobs").
    private func startUpload(of descriptor: Descriptor) async throws -> UploadSession {
        let request = uploadRequest("POST", primary.path("blobs/uploads/"), descriptor)
        let response = try await primary.host.send(request, accepting: [202])
        return try session(from: response, request)
    }

    private func session(from response: HTTPResponse, _ request: RegistryRequest) throws -> UploadSession {
        guard let location = primary.host.location(of: response) else {
            throw ImageError(.failed, request.attempt, "the registry opened an upload without a location")
        }
        return UploadSession(
            location: location, offset: 0,
            minimumChunk: response.headers["OCI-Chunk-Min-Length"].flatMap(Int64.init(byteCount:)))
    }

    /// The session to continue with after an interruption: the same one at the offset that the registry reports, or a
    /// new one.
    private func resumedSession(of descriptor: Descriptor, _ session: UploadSession) async throws -> UploadSession? {
        let request = uploadRequest("GET", session.location, descriptor)
        guard let response = try? await primary.host.send(request), response.status == 204,
            let end = response.headers["Range"]?.split(separator: "-").last.flatMap({ Int64(byteCount: String($0)) })
        else { return nil }
        let location = primary.host.location(of: response) ?? session.location
        // Some registries report an empty upload as "0-0", like one with a single byte.
        guard end > 0, end < descriptor.size else { return nil }
        return UploadSession(location: location, offset: end + 1, minimumChunk: session.minimumChunk)
    }

    // MARK: Sending

    private func upload(_ blob: BlobContent, through session: UploadSession) async throws {
        var session = session
        let size = blob.descriptor.size
        if session.offset > 0 || session.minimumChunk != nil {
            let step = session.minimumChunk.map { max($0, Self.chunkSize) } ?? size
            let source = ChunkSource(blob)
            while session.offset < size {
                session = try await sendChunk(
                    of: source, upTo: min(size, session.offset.capped(adding: step)), session, blob)
            }
            // Nothing would be sent twice, but the whole content has to be verified.
            try await source.finish()
        }
        var request = uploadRequest(
            "PUT", HTTPURL.appending(query: "digest", blob.descriptor.digest.description, to: session.location),
            blob.descriptor)
        if session.offset == 0 {
            request.body = .stream(length: size) { try await blob.open() }
        }
        let response = try await send(request, session, accepting: [200, 201, 202, 204])
        let kept = response.headers["Docker-Content-Digest"].flatMap { try? Digest($0) }
        if let kept, kept.algorithm == blob.descriptor.digest.algorithm, kept != blob.descriptor.digest {
            throw keepsOther(kept, instead: blob.descriptor.digest, request)
        }
    }

    /// Sends a piece (distribution-spec, "Pushing a blob in chunks").
    private func sendChunk(
        of source: ChunkSource, upTo end: Int64, _ session: UploadSession, _ blob: BlobContent
    ) async throws -> UploadSession {
        var request = uploadRequest("PATCH", session.location, blob.descriptor)
        let offset = session.offset
        request.headers["Content-Range"] = "\(offset)-\(end - 1)"
        request.body = .stream(length: end - offset) { try await source.piece(from: offset, upTo: end) }
        let response = try await send(request, session, accepting: [200, 201, 202, 204])
        let location = primary.host.location(of: response) ?? session.location
        return UploadSession(location: location, offset: end, minimumChunk: session.minimumChunk)
    }

    /// Sends a part of an upload. Temporary failures are reported as an interruption.
    private func send(
        _ request: RegistryRequest, _ session: UploadSession, accepting statuses: Set<Int>
    ) async throws -> HTTPResponse {
        var request = request
        request.isTransfer = true
        let response: HTTPResponse
        do {
            response = try await primary.host.send(request)
        } catch let error as ImageError where error.code == .interrupted {
            throw UploadInterruption(session: session, cause: error)
        }
        if statuses.contains(response.status) { return response }
        let refusal = await primary.host.refusal(of: request, response)
        guard [404, 408, 416, 429].contains(response.status) || response.status >= 500 else { throw refusal }
        throw UploadInterruption(session: session, cause: refusal, asked: Retry.retryAfter(response))
    }

    private func uploadRequest(_ method: String, _ target: String, _ descriptor: Descriptor) -> RegistryRequest {
        RegistryRequest(
            method: method, target: target,
            headers: method == "PUT" || method == "PATCH" ? ["Content-Type": "application/octet-stream"] : [:],
            scopes: [.push(primary.repository)], repository: primary.repository.path,
            attempt: "cannot write the blob \(descriptor.digest) to \(name)")
    }
}

/// An upload session opened by a registry.
private struct UploadSession: Sendable {
    let location: String
    /// The number of bytes that the registry has received.
    let offset: Int64
    /// The minimum chunk size, if the registry requires chunks.
    let minimumChunk: Int64?
}

/// An interrupted upload that can be resumed.
private struct UploadInterruption: Error {
    let session: UploadSession
    let cause: ImageError
    /// The delay requested by the registry.
    var asked: Duration?
}
