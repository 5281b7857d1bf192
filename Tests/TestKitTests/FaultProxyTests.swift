import OCI
import TestKit
import Testing

@Suite("A fault proxy")
struct FaultProxyTests {
    /// A registry with one image, a proxy with faults in front of it, and what curl says.
    private func with(
        _ faults: [Fault], _ body: (FaultProxy, RegistryServer, _ repository: String) async throws -> Void
    ) async throws {
        let registry = try await RegistryServer.shared()
        let repository = registry.freshRepository()
        try registry.put(Self.image, in: repository, tag: "v1")
        try await FaultProxy.with(registry, faults) { try await body($0, registry, repository) }
    }

    private static let image = TestImage(layers: [TestLayer(files: ["blob": bigBlob(300_000)])])
    private static let layer = image.blobs[1]
    private var layerPath: String { "blobs/\(Digest(of: Self.layer))" }

    private func get(_ proxy: FaultProxy, _ path: String, _ options: String...) async throws -> Tool.Outcome {
        try await Tool.curl.run(["-sS", "-H", acceptManifests] + options + ["http://\(proxy.host)/v2/\(path)"])
    }

    /// Opens an upload session; the headers of the answer.
    private func openUpload(_ proxy: FaultProxy, _ repository: String) async throws -> String {
        let words = ["-sS", "-o", "/dev/null", "-w", "%header{location}", "-X", "POST"]
        return try await Tool.curl.output(arguments: words + ["http://\(proxy.host)/v2/\(repository)/blobs/uploads/"])
    }

    // MARK: Without faults

    @Test func `passes everything on as it is`() async throws {
        try await with([]) { proxy, _, repository in
            let manifest = try await get(proxy, "\(repository)/manifests/v1")
            #expect(manifest.outputBytes == Self.image.manifest)
            let blob = try await get(proxy, "\(repository)/\(layerPath)")
            #expect(blob.outputBytes == Self.layer)
            let head = try await get(proxy, "\(repository)/manifests/v1", "--head")
            #expect(head.output.contains("Docker-Content-Digest: \(Self.image.digest)\r\n"))
            #expect(proxy.exchanges.map(\.method) == ["GET", "GET", "HEAD"])
            #expect(proxy.exchanges.map(\.status) == [200, 200, 200])
            #expect(proxy.exchanges[0].path == "/v2/\(repository)/manifests/v1")
            #expect(proxy.exchanges[0].header("user-agent")?.hasPrefix("curl/") == true)
        }
    }

    @Test(
        "takes uploads, of known length, in chunks, and of clients that wait for leave to send",
        arguments: [
            [], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect: 100-continue"],
        ])
    func uploads(options: [String]) async throws {
        try await with([]) { proxy, registry, repository in
            try await TemporaryFolder.with { folder in
                let content = bigBlob(3_000_000, seed: UInt64(repository.hashValue.magnitude))
                let file = try folder.write("blob", content)
                let location = try await openUpload(proxy, repository)
                #expect(location.hasPrefix("http://\(proxy.host)/"))
                let target = "\(location)&digest=\(Digest(of: content))"
                let put = try await Tool.curl.run(["-sS", "-i", "-T", file] + options + [target])
                #expect(put.output.contains(" 201 Created"), "\(put.output) \(put.error)")
                #expect(registry.stored(Digest(of: content)) == content)
                #expect(proxy.exchanges.last?.bodyBytes == content.count)
            }
        }
    }

    @Test func `keeps a connection for several requests`() async throws {
        try await with([]) { proxy, _, repository in
            let url = "http://\(proxy.host)/v2/\(repository)/manifests/v1"
            let outcome = try await Tool.curl.run("-sS", "-H", acceptManifests, url, url, url)
            #expect(outcome.outputBytes.count == 3 * Self.image.manifest.count)
            #expect(proxy.count() == 3)
            #expect(proxy.connections == 1)
        }
    }

    @Test func `lets skopeo copy through it`() async throws {
        try await with([]) { proxy, registry, repository in
            let target = "docker://\(proxy.host)/\(repository)-copy:v1"
            let copied = try await Tool.skopeo.run(
                "copy", "--src-tls-verify=false", "--dest-tls-verify=false", "docker://\(proxy.host)/\(repository):v1",
                target)
            #expect(copied.succeeded, "\(copied.error)")
            #expect(registry.digest(of: "v1", in: "\(repository)-copy") == Self.image.digest)
        }
    }

    // MARK: Faults

    @Test func `answers by itself, as often as it is told and to whom it is told`() async throws {
        let faults = [
            Fault(
                .status(429, headers: ["Retry-After": "1"], body: "slow down"), on: "GET", at: "/manifests/", times: 2),
            Fault(.status(503), on: "GET", at: "/manifests/", times: 1, skipping: 1),
        ]
        try await with(faults) { proxy, _, repository in
            let first = try await get(proxy, "\(repository)/manifests/v1", "-i")
            #expect(first.output.hasPrefix("HTTP/1.1 429 Too Many Requests\r\n"))
            #expect(first.output.contains("Retry-After: 1\r\n"))
            #expect(first.output.hasSuffix("slow down"))
            for expected in [429, 200, 503, 200] {
                // The second fault counts only the requests that the first has let pass.
                try await expectStatus(expected, "http://\(proxy.host)/v2/\(repository)/manifests/v1")
            }
            try await expectStatus(200, "http://\(proxy.host)/v2/\(repository)/\(layerPath)")
            #expect(proxy.exchanges.map(\.registryStatus) == [nil, nil, 200, nil, 200, 200])
        }
    }

    @Test func `answers an upload before or after its body`() async throws {
        try await with([Fault(.status(401), on: "PUT")]) { proxy, _, repository in
            try await TemporaryFolder.with { folder in
                let file = try folder.write("blob", bigBlob(3_000_000))
                for header in ["Expect:", "Expect: 100-continue"] {
                    try await expectStatus(401, "-H", header, "-T", file, "http://\(proxy.host)/v2/\(repository)/x")
                }
                #expect(proxy.exchanges.map(\.bodyBytes) == [3_000_000, 0])
            }
        }
    }

    @Test("cuts an answer", arguments: [0, 1, 100_000, 299_999])
    func cutAnswer(after bytes: Int) async throws {
        try await with([Fault(.cutResponse(afterBytes: bytes), at: "/blobs/", times: 1)]) { proxy, _, repository in
            let cut = try await get(proxy, "\(repository)/\(layerPath)")
            #expect(cut.status == 18, "curl calls this a partial file")
            #expect(cut.outputBytes == Array(Self.layer.prefix(bytes)))
            let whole = try await get(proxy, "\(repository)/\(layerPath)")
            #expect(whole.outputBytes == Self.layer)
        }
    }

    @Test func `cuts an upload`() async throws {
        try await with([Fault(.cutRequest(afterBytes: 500_000), on: "PATCH", times: 1)]) { proxy, _, repository in
            try await TemporaryFolder.with { folder in
                let file = try folder.write("blob", bigBlob(3_000_000))
                let location = try await openUpload(proxy, repository)
                let patch = try await Tool.curl.run("-sS", "-X", "PATCH", "-T", file, location)
                #expect(!patch.succeeded)
                #expect(proxy.exchanges.last?.bodyBytes == 500_000)
                #expect(proxy.exchanges.last?.status == nil)
            }
        }
    }

    @Test func `rewrites headers and forges bodies`() async throws {
        let faults = [
            Fault(.rewriteHeader("Docker-Content-Digest", "sha256:00"), at: "/manifests/"),
            Fault(.rewriteHeader("Content-Type", "text/html"), at: "/manifests/"),
            Fault(.rewriteHeader("Etag", nil), at: "/manifests/"),
            Fault(.replaceBody(Array("<html>".utf8)), at: "/manifests/"),
        ]
        try await with(faults) { proxy, _, repository in
            let answer = try await get(proxy, "\(repository)/manifests/v1", "-i")
            #expect(answer.output.contains("Docker-Content-Digest: sha256:00\r\n"))
            #expect(answer.output.contains("Content-Type: text/html\r\n"))
            #expect(!answer.output.contains("Etag"))
            #expect(answer.output.contains("Content-Length: 6\r\n"))
            #expect(answer.output.hasSuffix("\r\n\r\n<html>"))
        }
    }

    @Test func `loses an answer to a request that was carried out`() async throws {
        try await with([Fault(.dropAnswer, on: "PUT", at: "/manifests/", times: 1)]) { proxy, registry, repository in
            try await TemporaryFolder.with { folder in
                let file = try folder.write("manifest", Self.image.manifest)
                let url = "http://\(proxy.host)/v2/\(repository)/manifests/v2"
                let type = "Content-Type: \(MediaType.ociManifest)"
                let put = try await Tool.curl.run("-sS", "-H", type, "-T", file, url)
                #expect(put.status == 52, "curl calls this an empty reply")
                #expect(registry.digest(of: "v2", in: repository) == Self.image.digest)
                #expect(proxy.exchanges.map(\.status) == [nil])
                #expect(proxy.exchanges.map(\.registryStatus) == [201])
            }
        }
    }

    @Test func `stalls, or only delays`() async throws {
        let faults = [Fault(.stall, at: "/stalled"), Fault(.delay(milliseconds: 30), at: "/manifests/")]
        try await with(faults) { proxy, _, repository in
            let stalled = try await get(proxy, "stalled", "--max-time", "0.3")
            #expect(stalled.status == 28, "curl calls this a timeout")
            let delayed = try await get(proxy, "\(repository)/manifests/v1")
            #expect(delayed.outputBytes == Self.image.manifest)
        }
    }

    @Test func `sends clients to another proxy`() async throws {
        try await with([]) { storage, registry, repository in
            let location = "http://localhost:\(storage.port)/v2/\(repository)/\(layerPath)"
            let redirect = Fault(.status(307, headers: ["Location": location]), at: "/blobs/")
            try await FaultProxy.with(registry, [redirect]) { proxy in
                let answer = try await get(proxy, "\(repository)/\(layerPath)", "-L", "-H", "Authorization: Basic YTpi")
                #expect(answer.outputBytes == Self.layer)
                #expect(storage.exchanges.map { $0.header("Authorization") } == [nil])
            }
        }
    }

    @Test func `starts anew on demand`() async throws {
        try await with([Fault(.status(503)) { $0.path == "/v2/" }]) { proxy, _, repository in
            try await expectStatus(503, "http://\(proxy.host)/v2/")
            proxy.reset()
            try await expectStatus(200, "http://\(proxy.host)/v2/")
            #expect(proxy.count() == 1)
        }
    }

    @Test func `says so when nothing is behind it`() async throws {
        try await FaultProxy.with(port: 1) { proxy in
            try await expectStatus(502, "http://\(proxy.host)/v2/")
        }
    }

    @Test func `writes the dates of HTTP`() {
        let form = /(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d GMT/
        #expect(HTTPDate.text(secondsFromNow: 5).wholeMatch(of: form) != nil)
    }
}
