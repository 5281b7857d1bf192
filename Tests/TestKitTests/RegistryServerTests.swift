import OCI
import TestKit
import Testing

@Suite("A registry server")
struct RegistryServerTests {
    @Test func `answers everybody when it is open, and logs what it was asked`() async throws {
        try await RegistryServer.with { registry in
            try await expectStatus(200, "\(registry.url)/v2/")
            try await expectStatus(404, "\(registry.url)/v2/app/manifests/none")
            #expect(registry.requests == ["GET /v2/ 200", "GET /v2/app/manifests/none 404"])
        }
    }

    @Test func `asks for a password`() async throws {
        try await RegistryServer.with(.basic(user: "ann", password: "s3cret")) { registry in
            try await expectStatus(401, "\(registry.url)/v2/")
            try await expectStatus(401, "-u", "ann:wrong", "\(registry.url)/v2/")
            try await expectStatus(200, "-u", "ann:s3cret", "\(registry.url)/v2/")
        }
    }

    @Test func `speaks TLS, with a password if need be`() async throws {
        try await RegistryServer.with(.basic(user: "ann", password: "s3cret"), over: .tls) { registry in
            let certificates = try #require(registry.certificates)
            #expect(registry.url.hasPrefix("https://"))
            #expect(try await Tool.curl.run("-s", "\(registry.url)/v2/").status == 60)
            for name in ["127.0.0.1", "localhost"] {
                let url = "https://\(name):\(registry.port)/v2/"
                try await expectStatus(200, "--cacert", certificates.authority, "-u", "ann:s3cret", url)
            }
        }
    }

    @Test func `wants a certificate from its clients`() async throws {
        try await RegistryServer.with(over: .mutualTLS) { registry in
            let certificates = try #require(registry.certificates)
            let url = "\(registry.url)/v2/"
            #expect(try await Tool.curl.run("-s", "--cacert", certificates.authority, url).succeeded == false)
            let known = ["--cert", certificates.client, "--key", certificates.clientKey]
            let outcome = try await Tool.curl.run(["-s", "--cacert", certificates.authority] + known + [url])
            #expect(outcome.output == "{}")
        }
    }

    @Test("deletes, unless it must not", arguments: [(true, 202), (false, 405)])
    func deletion(deletes: Bool, expected: Int) async throws {
        try await RegistryServer.with(deletes: deletes) { registry in
            let image = try registry.put(TestImage(), in: "app")
            try await expectStatus(expected, "-X", "DELETE", "\(registry.url)/v2/app/manifests/\(image.digest)")
        }
    }

    @Test func `is one for all who share it`() async throws {
        async let first = RegistryServer.shared()
        async let second = RegistryServer.shared()
        #expect(try await first === second)
        #expect(try await first.freshRepository() != second.freshRepository())
    }

    @Test func `leaves nothing behind`() async throws {
        var storage = ""
        var url = ""
        try await RegistryServer.with { registry in
            storage = registry.storage
            url = registry.url
            try registry.put(TestImage(), in: "app")
        }
        #expect(try await Tool("ls").run(storage).succeeded == false)
        #expect(try await Tool.curl.run("-s", url).status == 7)
    }
}
