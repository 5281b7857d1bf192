import Testing

@testable import Registry

@Suite("Challenges")
struct AuthorizationChallengeTests {
    @Test(
        "are read as RFC 9110 writes them",
        arguments: [
            ([#"Basic realm="r""#], ["basic realm=r"]),
            (["Basic"], ["basic"]),
            ([#"BASIC Realm="r""#], ["basic realm=r"]),
            (["Basic realm=r"], ["basic realm=r"]),
            ([#"Basic realm = "r""#], ["basic realm=r"]),
            (
                [#"Bearer realm="https://a/token",service="s",scope="repository:a:pull,push""#],
                ["bearer realm=https://a/token scope=repository:a:pull,push service=s"]
            ),
            ([#"Bearer realm="a,b" , service="x \"y\" \\""#], [#"bearer realm=a,b service=x "y" \"#]),
            ([#"Negotiate, Basic realm="r""#], ["negotiate", "basic realm=r"]),
            ([#"Negotiate abc==, Basic realm="r""#], ["negotiate abc==", "basic realm=r"]),
            (["Negotiate", #"Basic realm="r""#], ["negotiate", "basic realm=r"]),
            ([#"Basic realm="a", Bearer realm="b",service="c""#], ["basic realm=a", "bearer realm=b service=c"]),
            ([#"Bearer realm="unfinished"#], ["bearer realm=unfinished"]),
            ([#"Bearer realm=""#], ["bearer realm="]),
            (["", ",", " "], []),
            ([#""junk""#], []),
        ])
    func parse(headers: [String], expected: [String]) {
        let found = Challenge.parse(headers).map { challenge in
            ([challenge.scheme] + challenge.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
                .joined(separator: " ")
        }
        #expect(found == expected)
    }

    @Test(
        "ask for scopes, which are merged with those that push first",
        arguments: [
            (["repository:a:pull", "repository:b:pull,push"], ["repository:b:pull,push", "repository:a:pull"]),
            (["repository:a:pull", "repository:a:push"], ["repository:a:pull,push"]),
            (["repository:host:5000/a:pull"], ["repository:host:5000/a:pull"]),
            (["repository(plugin):a:pull", "repository:a:pull"], ["repository(plugin):a:pull", "repository:a:pull"]),
            (["registry:catalog:*"], ["registry:catalog:*"]),
            (["nonsense", ""], []),
        ])
    func scopes(texts: [String], expected: [String]) {
        #expect(Scope.merged(texts.compactMap { Scope($0[...]) }).map(\.description) == expected)
    }
}
