import JSON
import OCI
import TestKit
import Testing

@Suite("tags and repositories")
struct RepositoryListTests {
    @Test func `are listed by expression, range and order`() async throws {
        let registry = try await RegistryServer.shared()
        let repository = registry.freshRepository()
        let times = ["1.9": "2020-01-01T00:00:00Z", "1.10": "2019-01-01T00:00:00Z", "edge": "2021-01-01T00:00:00.5Z"]
        for (tag, time) in times {
            let image = TestImage(config: JSONObject([.init("created", .string(time))]))
            try registry.put(tag == "edge" ? TestIndex([image]) : image, in: repository, tag: tag)
        }
        let name = "\(registry.host)/\(repository)"
        #expect(try await succeeds("tags", name) == "1.10\n1.9\nedge")
        #expect(try await succeeds("tags", "--sort", "semver", name) == "edge\n1.9\n1.10")
        #expect(try await succeeds("tags", "--sort", "time", name) == "1.10\n1.9\nedge")
        #expect(try await succeeds("tags", "--match", "^1", "--semver", ">=1.10", name) == "1.10")
        let names = try JSONValue(parsing: try await succeeds("tags", "--json", name).utf8)
        #expect(names == [["tag": "1.10"], ["tag": "1.9"], ["tag": "edge"]])
        let dated = try JSONValue(parsing: try await succeeds("tags", "--json", "--sort", "time", name).utf8).array
        #expect(dated?.last?["created"] == "2021-01-01T00:00:00.5Z")
        #expect(dated?.last?["digest"]?.string == registry.digest(of: "edge", in: repository)?.description)
        expectFailure(try await imgtool("tags", "--match", "(", name), 2, naming: "regular expression")
        expectFailure(try await imgtool("tags", "--semver", "nonsense", name), 2, naming: "no range")
    }

    @Test func `list a registry's repositories, page after page`() async throws {
        try await RegistryServer.with { registry in
            for name in ["a/one", "b/two", "c"] { try registry.put(TestImage(), in: name, tag: "v1") }
            #expect(
                try await succeeds("repositories", registry.host)
                    == ["a/one", "b/two", "c"].map { "\(registry.host)/\($0)" }.joined(separator: "\n"))
            #expect(try await succeeds("repositories", "--match", "o$", registry.host) == "\(registry.host)/b/two")
            let next = Fault(
                .rewriteHeader("Link", "</v2/_catalog?last=a&n=1000>; rel=\"next\""), at: "_catalog", times: 1)
            try await FaultProxy.with(registry, [next]) { proxy in
                let lines = try await succeeds("repositories", proxy.host).split(separator: "\n")
                #expect(lines.count == 3 && proxy.count("GET", "_catalog") == 2)
            }
            let refusal = Fault(.status(401), at: "_catalog")
            try await FaultProxy.with(registry, [refusal]) { proxy in
                expectFailure(try await imgtool("repositories", proxy.host), 4, naming: "cannot list the repositories")
            }
        }
        expectFailure(try await imgtool("repositories", "not-a-host"), 2, naming: "not a host name")
    }

    @Test func `tell how many pulls a registry still allows`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": TestImage()])
        #expect(try await succeeds("rate-limit", "\(repo):v1") == "\(registry.host) names no limit")
        let faults = [
            Fault(.rewriteHeader("RateLimit-Limit", "100;w=21600"), at: "/manifests/"),
            Fault(.rewriteHeader("RateLimit-Remaining", "76;w=21600"), at: "/manifests/"),
            Fault(.rewriteHeader("Docker-RateLimit-Source", "192.0.2.1"), at: "/manifests/"),
        ]
        try await FaultProxy.with(registry, faults) { proxy in
            let name = "\(proxy.repository(repo)):v1"
            #expect(
                try await succeeds("rate-limit", name)
                    == "limit:     100 in 21600 s\nremaining: 76\nsource:    192.0.2.1")
            let json = try JSONValue(parsing: try await succeeds("rate-limit", "--json", name).utf8)
            #expect(json == ["limit": 100, "remaining": 76, "window": 21600, "source": "192.0.2.1"])
            // Asking by HEAD does not count.
            #expect(proxy.count("GET", "/manifests/") == 0)
        }
        expectFailure(try await imgtool("rate-limit", "oci:/tmp/x:v1"), 2, naming: "only registries")
    }
}
