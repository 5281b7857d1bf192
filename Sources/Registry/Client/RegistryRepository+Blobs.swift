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
        case 200:
            return (response.headers["Content-Length"].flatMap(Int64.init(byteCount:)) ?? descriptor.size)
                == descriptor.size
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
            guard let size = response.headers["Content-Length"].flatMap(Int64.init(byteCount:)) else {
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
            isTransfer: method == "GET")
    }
}
