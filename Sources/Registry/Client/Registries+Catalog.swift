internal import HTTP
internal import JSON
internal import OCI

extension Registries {
    private static let pageSize = 1000

    /// The repositories of a registry, sorted, as far as it tells (`_catalog` of the Docker Registry HTTP API V2).
    ///
    /// - Parameter host: As in `registry.example:5000`.
    /// - Throws: ``ImageError``: many registries list their repositories for nobody, or not for everybody.
    package func repositories(of host: String) async throws -> [String] {
        let registry = try self.host(host, insecure: false)
        var request = RegistryRequest(
            method: "GET", target: "/v2/_catalog?n=\(Self.pageSize)",
            scopes: [Scope(type: "registry", name: "catalog", actions: ["*"])], repository: "",
            attempt: "cannot list the repositories of \(host)")
        request.isLong = true
        var names: Set<String> = []
        try await registry.pages(request, of: "repositories") { elements in
            let new = elements.compactMap(\.string).filter { names.insert($0).inserted }
            return (new.count, new.reduce(0) { $0 + $1.utf8.count + MemoryLayout<String>.size })
        }
        return names.sorted()
    }
}
