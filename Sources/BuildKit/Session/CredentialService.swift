package import GRPC

/// Gives credentials for registries, or only the tokens that these buy.
package struct CredentialService: SessionService {
    private static let service = "/moby.filesync.v1.Auth/"

    /// A name and password; or an identity token, with an empty name.
    package struct Login: Sendable, Hashable {
        package let name: String
        package let secret: String

        package init(name: String, secret: String) {
            self.name = name
            self.secret = secret
        }
    }

    /// The means to fetch tokens here, so that no password leaves this machine.
    package struct Tokens: Sendable {
        /// A secret of this machine for a host, the same in all sessions, by which the daemon recognises who has fetched a
        /// token; at least 16 bytes, or none if there are no credentials for the host.
        package let secret: @Sendable (_ host: String) async throws -> [UInt8]
        package let fetch: @Sendable (TokenRequest) async throws -> RegistryToken

        package init(
            secret: @escaping @Sendable (_ host: String) async throws -> [UInt8],
            fetch: @escaping @Sendable (TokenRequest) async throws -> RegistryToken
        ) {
            self.secret = secret
            self.fetch = fetch
        }
    }

    private let login: @Sendable (String) async throws -> Login?
    private let tokens: Tokens?

    /// - Parameters:
    ///   - login: The credentials for a host, with its port; `nil` if there are none.
    ///   - tokens: `nil` to let the daemon fetch tokens with the credentials.
    package init(tokens: Tokens? = nil, login: @escaping @Sendable (String) async throws -> Login?) {
        self.login = login
        self.tokens = tokens
    }

    package var methods: [String] {
        let names =
            ["Credentials"] + (tokens == nil ? [] : ["FetchToken", "GetTokenAuthority", "VerifyTokenAuthority"])
        return names.map { Self.service + $0 }
    }

    package func answer(_ request: GRPCRequest) async throws {
        var response = ProtobufWriter()
        switch (request.method, tokens) {
        case (Self.service + "FetchToken", let tokens?):
            let token = try await tokens.fetch(try await request.only())
            response.put(1, token.text)
            response.put(2, token.lifetime)
            response.put(3, token.issued)
        case (Self.service + "GetTokenAuthority", let tokens?):
            let question = try await request.only(TokenAuthorityRequest.self)
            response.put(1, try TokenAuthority(try await tokens.secret(question.host), question.second).publicKey)
        case (Self.service + "VerifyTokenAuthority", let tokens?):
            let question = try await request.only(TokenAuthorityRequest.self)
            let authority = try TokenAuthority(try await tokens.secret(question.host), question.third)
            response.put(1, try authority.signed(question.second))
        default:
            let login = try await login(try await request.only(NameMessage.self).name)
            response.put(1, login?.name ?? "")
            response.put(2, login?.secret ?? "")
        }
        try await request.send(response.bytes)
    }
}

/// A token of a registry.
package struct RegistryToken: Sendable, Hashable {
    package let text: String
    /// In seconds.
    package let lifetime: Int64
    /// In seconds since 1970.
    package let issued: Int64

    package init(text: String, lifetime: Int64, issued: Int64) {
        self.text = text
        self.lifetime = lifetime
        self.issued = issued
    }
}

/// The token that a daemon wants.
package struct TokenRequest: ProtobufMessage, Hashable {
    package var clientID = ""
    package var host = ""
    /// The URL of the token server.
    package var realm = ""
    package var service = ""
    package var scopes: [String] = []

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: clientID = try field.string
        case 2: host = try field.string
        case 3: realm = try field.string
        case 4: service = try field.string
        case 5: scopes.append(try field.string)
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, clientID)
        writer.put(2, host)
        writer.put(3, realm)
        writer.put(4, service)
        writer.put(5, scopes)
    }
}

/// A question about who fetches tokens: for the key, with a salt; or for a signature, with a text and a salt.
private struct TokenAuthorityRequest: ProtobufMessage {
    var host = ""
    var second: [UInt8] = []
    var third: [UInt8] = []

    mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: host = try field.string
        case 2: second = try field.bytes
        case 3: third = try field.bytes
        default: break
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.put(1, host)
        writer.put(2, second)
        writer.put(3, third)
    }
}
