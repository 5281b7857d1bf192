package import Concurrency
internal import HTTP
package import OCI

extension RegistryRepository {
    package func hasBlob(_ descriptor: Descriptor) async throws -> Bool {
        try await hasBlob(descriptor, at: primary)
    }

    func hasBlob(_ descriptor: Descriptor, at place: RepositoryPlace) async throws -> Bool {
        let request = request("HEAD", descriptor, place)
        let response = try await place.host.send(request)
        switch response.status {
        case 200: return response.headers["Content-Length"].flatMap(Int64.init) ?? descriptor.size == descriptor.size
        case 404: return false
        // Artifactory forbids to look at what is not there.
        case 403 where place.host === primary.host: return false
        default: throw await place.host.refusal(of: request, response)
        }
    }

    package func resolveBlob(_ digest: Digest) async throws -> Descriptor {
        try await reading(.digest(digest)) { place in
            var descriptor = Descriptor(mediaType: MediaType.anyBytes, digest: digest, size: 0)
            let request = self.request("HEAD", descriptor, place)
            let response = try await place.host.send(request, accepting: [200])
            guard let size = response.headers["Content-Length"].flatMap(Int64.init) else {
                throw ImageError(.failed, request.attempt, "the registry does not say how large it is")
            }
            descriptor.size = size
            return descriptor
        }
    }

    package func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream {
        guard offset < descriptor.size || descriptor.size == 0 else { return BytesStream([]) }
        return try await reading(.digest(descriptor.digest)) { place in
            let stream = RegistryBlobStream(self.request("GET", descriptor, place), descriptor, place.host, offset)
            try await stream.open()
            return stream
        }
    }

    private func request(_ method: String, _ descriptor: Descriptor, _ place: RepositoryPlace) -> RegistryRequest {
        RegistryRequest(
            method: method, target: place.path("blobs/\(descriptor.digest)"), scopes: [.pull(place.repository)],
            repository: place.repository.path, attempt: "cannot read the blob \(descriptor.digest) of \(name)",
            timeout: method == "HEAD" ? .seconds(60) : nil)
    }
}

/// A blob as it comes from a registry. When the connection breaks, it is asked for the rest (distribution-spec,
/// "Pulling blobs").
private final class RegistryBlobStream: ByteStream {
    private struct State {
        var body: HTTPBody?
        var position: Int64
        /// Bytes that the registry sends although it was asked to leave them out.
        var surplus: Int64 = 0
        var failures = 0
    }

    private static let maximumFailuresInARow = 5

    private let request: RegistryRequest
    private let descriptor: Descriptor
    private let host: RegistryHost
    private let state: Guarded<State>

    init(_ request: RegistryRequest, _ descriptor: Descriptor, _ host: RegistryHost, _ offset: Int64) {
        self.request = request
        self.descriptor = descriptor
        self.host = host
        state = Guarded(State(position: offset))
    }

    func open() async throws {
        let position = state.withLock { $0.position }
        var request = request
        if position > 0 { request.headers["Range"] = "bytes=\(position)-" }
        let response = try await host.send(request)
        switch response.status {
        case 206 where position > 0: state.withLock { ($0.body, $0.surplus) = (response.body, 0) }
        case 200: state.withLock { ($0.body, $0.surplus) = (response.body, position) }
        default: throw await host.refusal(of: request, response)
        }
    }

    func next() async throws -> [UInt8]? {
        while true {
            guard let body = state.withLock({ $0.body }) else { return nil }
            do {
                guard let piece = try await body.next() else { return try await end() }
                if let wanted = take(piece) { return wanted }
            } catch let error as HTTPError {
                try await reopen(after: error)
            }
        }
    }

    /// Leaves out what was not asked for.
    private func take(_ piece: [UInt8]) -> [UInt8]? {
        state.withLock { state in
            let skipped = min(Int64(piece.count), state.surplus)
            state.surplus -= skipped
            guard skipped < piece.count else { return nil }
            state.position += Int64(piece.count) - skipped
            state.failures = 0
            return skipped == 0 ? piece : Array(piece[Int(skipped)...])
        }
    }

    private func end() async throws -> [UInt8]? {
        state.withLock { $0.body = nil }
        return nil
    }

    private func reopen(after error: HTTPError) async throws {
        let (failures, position) = state.withLock { state in
            state.failures += 1
            state.body = nil
            return (state.failures, state.position)
        }
        guard failures < Self.maximumFailuresInARow, error.kind == .broken, position < descriptor.size else {
            throw ImageError(
                .failed, request.attempt,
                "\(error.reason) after \(position) of \(descriptor.size) bytes, \(failures) times in a row")
        }
        try await Task.sleep(for: .milliseconds(100 << failures))
        try await open()
    }
}
