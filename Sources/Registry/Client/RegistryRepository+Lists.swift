internal import HTTP
internal import JSON
internal import OCI

extension RegistryRepository {
    private static let pageSize = 1000

    package func tags() async throws -> [String] {
        try await reading(nil) { location in
            let request = self.listRequest(
                location, "tags/list?n=\(Self.pageSize)", "cannot list the tags of \(self.name)")
            var tags: Set<String> = []
            try await location.host.pages(request, of: "tags") { elements in
                let new = elements.compactMap(\.string).filter { tags.insert($0).inserted }
                return (new.count, new.reduce(0) { $0 + $1.utf8.count + MemoryLayout<String>.size })
            }
            return tags.sorted()
        }
    }

    func listRequest(_ location: RepositoryLocation, _ rest: String, _ attempt: String) -> RegistryRequest {
        var request = RegistryRequest(
            method: "GET", target: location.path(rest), scopes: [.pull(location.repository)],
            repository: location.repository.path, attempt: attempt)
        request.isLong = true
        return request
    }
}
