import JSON
import TestKit
import Testing

@Suite("A token server")
struct TokenServerTests {
    private static let rights: [TokenServer.Right] = [
        .init(nil, "public/*", "pull"),
        .init("ann", "team/app", "pull", "push"),
    ]

    private func ask(_ arguments: String...) async throws -> (status: Int, body: JSONValue) {
        let text = try await Tool.curl.output(arguments: ["-s", "-w", "\n%{http_code}"] + arguments)
        let lines = text.split(separator: "\n")
        return (Int(lines[1]) ?? 0, try JSONValue(parsing: Array(lines[0].utf8)))
    }

    private func with(
        _ behaviour: TokenServer.Behaviour = .init(), _ body: (TokenServer) async throws -> Void
    ) async throws {
        try await TokenServer.with(users: ["ann": "s3cret"], rights: Self.rights, behaviour, body)
    }

    private func url(_ server: TokenServer, _ scopes: String...) -> String {
        "\(server.realm)?service=imgtool%20test%20registry" + scopes.map { "&scope=\($0)" }.joined()
    }

    /// What somebody with this token may do in the registry: the status of a look at a tag that does not exist, and of
    /// the beginning of an upload.
    private func reach(_ registry: RegistryServer, _ repository: String, _ token: String) async throws -> [String] {
        let probe = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Authorization: Bearer \(token)"]
        let base = "\(registry.url)/v2/\(repository)"
        return [
            try await Tool.curl.output(arguments: probe + ["\(base)/manifests/none"]),
            try await Tool.curl.output(arguments: probe + ["-X", "POST", "\(base)/blobs/uploads/"]),
        ]
    }

    @Test func `gives tokens that the registry takes, for what the rights allow and no more`() async throws {
        try await with { server in
            try await RegistryServer.with(.token(server)) { registry in
                let challenge = try await Tool.curl.output("-s", "-i", "\(registry.url)/v2/team/app/tags/list")
                #expect(challenge.contains(#"Bearer realm="\#(server.realm)",service="imgtool test registry""#))

                let cases = [
                    (["-u", "ann:s3cret"], "team/app", ["404", "202"]),
                    ([], "team/app", ["401", "401"]),
                    ([], "public/base", ["404", "401"]),
                    (["-u", "ann:s3cret"], "other", ["401", "401"]),
                ]
                for (login, repository, expected) in cases {
                    let url = url(server, "repository:\(repository):pull,push")
                    let text = try await Tool.curl.output(arguments: ["-s"] + login + [url])
                    let token = try #require(try JSONValue(parsing: Array(text.utf8))["token"]?.string)
                    #expect(try await reach(registry, repository, token) == expected, "\(login) \(repository)")
                }
                #expect(server.requests.map(\.hadCredentials) == [true, false, false, true])
                #expect(server.requests[0].scopes == ["repository:team/app:pull,push"])
            }
        }
    }

    @Test func `refuses a wrong password`() async throws {
        try await with { server in
            try await expectStatus(401, "-u", "ann:wrong", url(server))
            #expect(server.requests[0].user == "ann")
        }
    }

    @Test func `grants several scopes, or only the first`() async throws {
        try await with { server in
            let scopes = ["repository:public/a:pull", "repository:public/b:pull"]
            for (onlyFirst, expected) in [(false, ["404", "404"]), (true, ["404", "401"])] {
                server.reset { $0.grantsOnlyFirstScope = onlyFirst }
                let answer = try await ask(url(server, scopes[0], scopes[1]))
                #expect(server.requests[0].scopes == scopes)
                let token = try #require(answer.body["token"]?.string)
                try await RegistryServer.with(.token(server)) { registry in
                    let reached = [
                        try await reach(registry, "public/a", token)[0],
                        try await reach(registry, "public/b", token)[0],
                    ]
                    #expect(reached == expected)
                }
            }
        }
    }

    @Test func `knows the forms of OAuth`() async throws {
        var behaviour = TokenServer.Behaviour()
        behaviour.issuesRefreshTokens = true
        try await with(behaviour) { server in
            let password = "grant_type=password&username=ann&password=s3cret&access_type=offline"
            let first = try await ask("-d", password, server.realm)
            #expect(first.status == 200)
            #expect(first.body["token"] == nil)
            let refresh = try #require(first.body["refresh_token"]?.string)
            let form = "grant_type=refresh_token&service=x&scope=repository:team/app:pull&refresh_token="
            let second = try await ask("-d", form + refresh, server.realm)
            #expect(second.body["access_token"]?.string != nil)
            try await expectStatus(401, "-d", form + "forged", server.realm)
            #expect(server.requests.map(\.grantType) == ["password", "refresh_token", "refresh_token"])
            #expect(server.requests[1].user == "ann")
        }
    }

    @Test func `behaves as badly as it is told`() async throws {
        try await with { server in
            server.reset { $0.postStatus = 405 }
            try await expectStatus(405, "-d", "grant_type=password", server.realm)
            server.reset { $0.refusal = 403 }
            try await expectStatus(403, url(server))
            server.reset {
                $0.refusal = nil
                $0.expiresIn = nil
                $0.tokenNames = ["access_token"]
            }
            let answer = try await ask(url(server))
            #expect(answer.body["expires_in"] == nil && answer.body["token"] == nil)
            #expect(answer.body["access_token"] != nil)
        }
    }

    @Test func `can give tokens that are over already`() async throws {
        var behaviour = TokenServer.Behaviour()
        behaviour.lifetime = -600
        try await with(behaviour) { server in
            try await RegistryServer.with(.token(server)) { registry in
                let token = try server.token("public/a", "pull")
                let reached = try await reach(registry, "public/a", token)
                #expect(reached == ["401", "401"])
            }
        }
    }
}
