package enum Credential: Sendable {
    case basic(user: String, password: String)
    case identityToken(user: String?, token: String)
    case registryToken(String)
}
package final class CredentialStore: Sendable {
    package init() {}
    func credential(host: String, repository: String) async throws -> Credential? { nil }
}
extension Credential { var basicAuthorization: String? { nil } }
