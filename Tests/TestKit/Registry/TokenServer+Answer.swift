internal import Concurrency
internal import Foundation
internal import JSON

/// What a client asks for (Distribution's token scope documentation).
struct Scope {
    let type: String
    let name: String
    var actions: [String]

    init(type: String, name: String, actions: [String]) {
        self.type = type
        self.name = name
        self.actions = actions
    }

    /// Reads `type:name:action,action`; a name may have colons of its own.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3 else { return nil }
        type = parts[0]
        name = parts[1..<parts.count - 1].joined(separator: ":")
        actions = parts[parts.count - 1].split(separator: ",").map(String.init)
    }

    var json: JSONValue {
        ["type": .string(type), "name": .string(name), "actions": .array(actions.map { .string($0) })]
    }
}

extension TokenServer {
    /// Answers one request; `form` is the body of a POST.
    func answer(to head: HTTPHead, form: String) -> [UInt8] {
        let query = head.method == "POST" ? form : String(head.target.drop { $0 != "?" }.dropFirst())
        let fields = Self.fields(of: query)
        let behaviour = state.withLock { $0.behaviour }
        let login = TokenLogin(head, fields, refreshTokens: behaviour.refreshTokens)
        let scopes = fields.filter { $0.name == "scope" }.flatMap { $0.value.split(separator: " ").map(String.init) }
        let (status, body) = decide(head, fields, login, scopes, behaviour)
        var request = Request(
            method: head.method, service: fields.first { $0.name == "service" }?.value, scopes: scopes,
            grantType: fields.first { $0.name == "grant_type" }?.value, user: login?.user, headers: head.headers)
        request.status = status
        state.withLock { [request] in $0.requests.append(request) }

        let bytes = body.bytes(.compact)
        var answer = HTTPHead(status: status, headers: [])
        answer["Content-Type"] = "application/json"
        answer["Content-Length"] = String(bytes.count)
        return answer.bytes + bytes
    }

    /// A signed token.
    func token(for user: String?, access: [Scope]) throws -> String {
        let now = Int64(time(nil))
        let lifetime = Int64(state.withLock { $0.behaviour.lifetime })
        return try signer.token([
            "iss": .string(Self.issuer), "sub": .string(user ?? ""), "aud": .string(Self.service),
            "exp": .integer(now + lifetime), "nbf": .integer(now - 3600), "iat": .integer(now),
            "jti": .string(String(UInt64.random(in: 0...UInt64.max), radix: 36)),
            "access": .array(access.map(\.json)),
        ])
    }

    private func decide(
        _ head: HTTPHead, _ fields: [(name: String, value: String)], _ login: TokenLogin?, _ scopes: [String],
        _ behaviour: Behaviour
    ) -> (Int, JSONValue) {
        if let refusal = behaviour.refusal { return (refusal, Self.problem("DENIED", "nobody gets a token")) }
        if head.method == "POST", let status = behaviour.postStatus {
            return (status, Self.problem("UNSUPPORTED", "POST is not known here"))
        }
        if let login, !login.isRight(among: users) {
            return (401, Self.problem("UNAUTHORIZED", "the user name or password is wrong"))
        }
        var wanted = scopes.compactMap { Scope($0) }
        if behaviour.grantsOnlyFirstScope { wanted = Array(wanted.prefix(1)) }
        let granted = wanted.map { allowed($0, to: login?.user) }.filter { !$0.actions.isEmpty }
        guard let token = try? token(for: login?.user, access: granted) else {
            return (500, Self.problem("UNKNOWN", "the token could not be signed"))
        }
        var answer = JSONObject()
        for name in head.method == "POST" ? ["access_token"] : behaviour.tokenNames { answer[name] = .string(token) }
        answer["expires_in"] = behaviour.expiresIn.map { .integer(Int64($0)) }
        answer["scope"] = .string(scopes.joined(separator: " "))
        let offline = fields.contains { $0 == ("offline_token", "true") || $0 == ("access_type", "offline") }
        if behaviour.issuesRefreshTokens, offline, let user = login?.user {
            answer["refresh_token"] = .string(issueRefreshToken(for: user))
        }
        return (200, .object(answer))
    }

    private func issueRefreshToken(for user: String) -> String {
        let token = "refresh-\(user)-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        state.withLock { $0.behaviour.refreshTokens[token] = user }
        return token
    }

    private func allowed(_ scope: Scope, to user: String?) -> Scope {
        let valid = rights.filter { ($0.user == nil || $0.user == user) && $0.covers(scope.name) }.flatMap(\.actions)
        var granted = scope
        granted.actions = scope.actions.filter { valid.contains($0) }
        return granted
    }

    /// The names and values of a query or form.
    private static func fields(of query: String) -> [(name: String, value: String)] {
        query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map { part in
                part.replacing("+", with: " ").removingPercentEncoding ?? String(part)
            }
            return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
        }
    }

    private static func problem(_ code: String, _ message: String) -> JSONValue {
        ["errors": [["code": .string(code), "message": .string(message)]]]
    }
}
