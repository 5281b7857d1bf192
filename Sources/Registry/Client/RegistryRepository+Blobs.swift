package import Concurrency
internal import HTTP
package import OCI

extension RegistryRepository {
    func hasBlob(_ descriptor: Descriptor, at location: RepositoryLocation) async throws -> Bool {
        let request = request("HEAD", descriptor, location)
        let response = try await location.host.send(request)
        switch response.status {
        case 200:
            return (response.headers["Content-Length"].flatMap(Int64.init(byteCount:)) ?? descriptor.size)
                == descriptor.size
        case 404: return false
        // Artifactory answers 403 for blobs that do not exist.
        case 403 where location.host === primary.host: return false
        default: throw await location.host.refusal(of: request, response)
        }
    }

    package func resolveBlob(_ digest: Digest) async throws -> Descriptor {
        try await reading(.digest(digest)) { location in
            var descriptor = Descriptor(mediaType: MediaType.anyBytes, digest: digest, size: 0)
            let request = self.request("HEAD", descriptor, location)
            let response = try await location.host.send(request, accepting: [200])
            guard let size = response.headers["Content-Length"].flatMap(Int64.init(byteCount:)) else {
                throw ImageError(.failed, request.attempt, "the registry does not say how large it is")
            }
            descriptor.size = size
            return descriptor
        }
    }

    package func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream {
        guard offset < descriptor.size || descriptor.size == 0 else { return BytesStream([]) }
        return try await reading(.digest(descriptor.digest)) { location in
            let stream = RegistryBlobStream(
                self.request("GET", descriptor, location), descriptor, location.host, offset)
            try await stream.open()
            return stream
        }
    }

    private func request(_ method: String, _ descriptor: Descriptor, _ location: RepositoryLocation) -> RegistryRequest
    {
        RegistryRequest(
            method: method, target: location.path("blobs/\(descriptor.digest)"), scopes: [.pull(location.repository)],
            repository: location.repository.path, attempt: "cannot read the blob \(descriptor.digest) of \(name)",
            isTransfer: method == "GET")
    }
}
