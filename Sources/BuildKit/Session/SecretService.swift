package import GRPC

/// Gives secrets to steps.
package struct SecretService: SessionService {
    package let methods = ["/moby.buildkit.secrets.v1.Secrets/GetSecret"]
    private let secret: @Sendable (String) async throws -> [UInt8]?

    /// - Parameter secret: The secret of an id; `nil` if there is none.
    package init(_ secret: @escaping @Sendable (String) async throws -> [UInt8]?) {
        self.secret = secret
    }

    package func answer(_ request: GRPCRequest) async throws {
        let id = try await request.only(NameMessage.self).name
        guard let secret = try await secret(id) else { throw GRPCStatus(.notFound, "there is no secret \(id)") }
        try await request.send(BytesMessage(secret))
    }
}
