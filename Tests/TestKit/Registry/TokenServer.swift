internal import Concurrency
internal import Foundation

/// A token service as registries send their clients to (Distribution's token authentication specification), for
/// ``RegistryServer/Access/token(_:)``.
package final class TokenServer: Sendable {
    /// What somebody may do with repositories.
    package struct Right: Sendable {
        /// `nil` is everybody, without credentials too.
        package let user: String?
        /// A name, or the beginning of names with a `*` at the end.
        package let repository: String
        /// `pull`, `push`, `delete`.
        package let actions: [String]

        package init(_ user: String?, _ repository: String, _ actions: String...) {
            self.user = user
            self.repository = repository
            self.actions = actions
        }

        func covers(_ name: String) -> Bool {
            repository.hasSuffix("*") ? name.hasPrefix(repository.dropLast()) : name == repository
        }
    }

    /// How the service behaves.
    package struct Behaviour: Sendable {
        /// The `expires_in` of answers in seconds; `nil` leaves it out.
        package var expiresIn: Int? = 300
        /// How long a token is good for in truth, in seconds. Registries are lenient for about a minute.
        package var lifetime = 300
        /// The status with which POST is refused, as by services that know only GET.
        package var postStatus: Int?
        /// The status with which everybody is refused.
        package var refusal: Int?
        /// Of several scopes only the first is granted.
        package var grantsOnlyFirstScope = false
        /// Which names the token has in answers to GET.
        package var tokenNames = ["token", "access_token"]
        /// The refresh tokens that are accepted, and whose they are.
        package var refreshTokens: [String: String] = [:]
        /// Whether who asks for offline access gets a refresh token.
        package var issuesRefreshTokens = false

        package init() {}
    }

    /// A request that came in.
    package struct Request: Sendable {
        package let method: String
        package let service: String?
        /// In the order in which they were asked for, one repository each.
        package let scopes: [String]
        /// The `grant_type` of a POST.
        package let grantType: String?
        /// Who the client said it was, whether that was true or not; `nil` without credentials.
        package let user: String?
        package var hadCredentials: Bool { user != nil }
        package let headers: [HTTPHeader]
        /// What was answered.
        package internal(set) var status = 0
    }

    struct State {
        var behaviour: Behaviour
        var requests: [Request] = []
    }

    static let issuer = "imgtool test issuer"
    /// What the registry calls itself towards the service.
    package static let service = "imgtool test registry"

    let users: [String: String]
    let rights: [Right]
    let signer: TokenSigner
    let state: Guarded<State>
    private let doorbell: Guarded<LoopbackServer?>

    /// Runs `body` with a token service.
    ///
    /// - Parameters:
    ///   - users: Names and passwords.
    ///   - rights: Who may do what; what no right allows is not granted.
    package static func with<Result>(
        users: [String: String] = [:], rights: [Right] = [], _ behaviour: Behaviour = Behaviour(),
        _ body: (TokenServer) async throws -> Result
    ) async throws -> Result {
        try await TemporaryFolder.with { folder in
            let signer = try await TokenSigner(in: folder)
            let server = TokenServer(users, rights, behaviour, signer)
            let listener = try LoopbackServer { [weak server] client in server?.serve(client) }
            server.doorbell.withLock { $0 = listener }
            defer { listener.stop() }
            return try await body(server)
        }
    }

    private init(
        _ users: [String: String], _ rights: [Right], _ behaviour: Behaviour, _ signer: TokenSigner
    ) {
        self.users = users
        self.rights = rights
        self.signer = signer
        state = Guarded(State(behaviour: behaviour))
        doorbell = Guarded(nil)
    }

    /// Where tokens are to be had, as registries tell their clients.
    package var realm: String { "http://127.0.0.1:\(port)/token" }

    package var port: Int { doorbell.withLock { $0?.port ?? 0 } }

    /// What came in so far.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// Changes how the service behaves from now on, and forgets what came in so far.
    package func reset(_ change: (inout Behaviour) -> Void = { _ in }) {
        state.withLock { state in
            change(&state.behaviour)
            state.requests = []
        }
    }

    /// A token for a repository, made without asking the service, for tests that need one at hand.
    package func token(for user: String? = nil, _ repository: String, _ actions: String...) throws -> String {
        try token(for: user, access: [Scope(type: "repository", name: repository, actions: actions)])
    }

    private func serve(_ client: Socket) {
        let reader = HTTPReader(client)
        while let head = try? reader.head() {
            var body = HTTPBody(of: head)
            guard let form = try? body.rest(from: reader), body.isFinished else { return }
            let bytes = answer(to: head, form: String(decoding: form, as: UTF8.self))
            guard (try? client.write(bytes)) != nil, !head.closes else { return }
        }
    }
}
