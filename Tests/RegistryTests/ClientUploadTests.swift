import OCI
import Registry
import TestKit
import Testing

@Suite("Uploads to a registry")
struct ClientUploadTests {
    /// An empty repository behind a proxy.
    private func with(
        _ faults: [Fault] = [],
        _ body: (RegistryRepository, FaultProxy, RegistryServer, Client) async throws -> Void
    ) async throws {
        let registry = try await RegistryServer.shared()
        try await FaultProxy.with(registry, faults) { proxy in
            let client = try Client()
            try await body(client.repository(proxy.host, registry.freshRepository()), proxy, registry, client)
        }
    }

    /// Content that no registry has yet.
    private func fresh(_ size: Int) -> [UInt8] { bigBlob(size, seed: UInt64.random(in: 1 ... .max)) }

    private func steps(_ proxy: FaultProxy) -> [String] { proxy.exchanges.map(\.method) }

    @Test("are one POST and one PUT", arguments: [0, 1, 3_000_000]) func monolithic(size: Int) async throws {
        try await with { repository, proxy, registry, _ async throws in
            let blob = fresh(size)
            let content = MemorySource.content(blob)
            #expect(try await repository.put(content, mountingFrom: nil) == .written)
            #expect(registry.stored(content.descriptor.digest) == blob)
            #expect(registry.has(blob: content.descriptor.digest, in: repository.repository.path))
            #expect(steps(proxy) == ["HEAD", "POST", "PUT"])
            #expect(proxy.exchanges[2].bodyBytes == size)
            #expect(try await repository.put(content, mountingFrom: nil) == .existed)
            #expect(steps(proxy).count == 4)
        }
    }

    @Test func `are done whatever success the registry calls it`() async throws {
        for status in [200, 201, 202, 204] {
            try await with([Fault(.status(status), on: "PUT")]) { repository, _, _, _ async throws in
                let blob = MemorySource.content(fresh(10))
                #expect(try await repository.put(blob, mountingFrom: nil) == .written)
            }
        }
    }

    @Test func `are an error with both digests where the registry keeps something else`() async throws {
        let other = Digest(of: [1])
        let forged = Fault(.rewriteHeader("Docker-Content-Digest", other.description), on: "PUT")
        try await with([forged]) { repository, _, _, _ async throws in
            let blob = MemorySource.content(fresh(10))
            let error = await #expect(throws: ImageError.self) {
                try await repository.put(blob, mountingFrom: nil)
            }
            #expect(error?.code == .verification)
            #expect(error?.reason.contains("\(other) instead of \(blob.descriptor.digest)") == true)
        }
    }

    @Test func `are made by the digest's algorithm`() async throws {
        try await with { repository, _, _, _ async throws in
            let blob = fresh(1000)
            let digest = Digest(of: blob, algorithm: .sha512)
            let descriptor = Descriptor(mediaType: MediaType.anyBytes, digest: digest, size: 1000)
            let content = BlobContent(descriptor, in: MemorySource([blob], as: [digest]))
            #expect(try await repository.put(content, mountingFrom: nil) == .written)
            #expect(try await BlobContent(descriptor, in: repository).bytes() == blob)
        }
    }

    @Test func `keep the query of the address that they are sent to`() async throws {
        try await with { repository, proxy, _, _ async throws in
            _ = try await repository.put(MemorySource.content(fresh(10)), mountingFrom: nil)
            let put = try #require(proxy.exchanges.last)
            #expect(put.target.contains("?_state="))
            #expect(put.target.contains("&digest=sha256%3A"))
        }
    }

    @Test func `follow an address without a host`() async throws {
        let digest = "?a=%2F+b&c=d%3D"
        let faults = [
            Fault(.status(202, headers: ["Location": "/v2/x/uploads/1\(digest)"]), on: "POST"),
            Fault(.status(201), on: "PUT"),
        ]
        try await with(faults) { repository, proxy, _, _ async throws in
            _ = try await repository.put(MemorySource.content(fresh(10)), mountingFrom: nil)
            #expect(proxy.exchanges.last?.target.hasPrefix("/v2/x/uploads/1\(digest)&digest=sha256%3A") == true)
        }
    }

    @Test("begin anew when their session is gone", arguments: [404, 416]) func stale(status: Int) async throws {
        try await with([Fault(.status(status), on: "PUT", times: 1), Fault(.status(404), on: "GET")]) {
            repository, proxy, registry, _ async throws in
            let blob = fresh(1000)
            #expect(try await repository.put(MemorySource.content(blob), mountingFrom: nil) == .written)
            #expect(registry.stored(Digest(of: blob)) == blob)
            #expect(steps(proxy) == ["HEAD", "POST", "PUT", "GET", "HEAD", "POST", "PUT"])
        }
    }

    @Test func `are given up after some attempts, with what came back`() async throws {
        let busy = Fault(.status(503, headers: ["Retry-After": "0"], body: #"{"errors":[{"code":"BUSY"}]}"#), on: "PUT")
        try await with([busy, Fault(.status(404), on: "GET")]) { repository, proxy, _, _ async throws in
            let error = await #expect(throws: ImageError.self) {
                try await repository.put(MemorySource.content(fresh(10)), mountingFrom: nil)
            }
            #expect(error?.code == .interrupted)
            #expect(error?.description.contains("503 service unavailable BUSY") == true)
            #expect(proxy.count("PUT") == 5)
        }
    }

    @Test func `are not repeated when the registry refuses them`() async throws {
        try await with([Fault(.status(413), on: "PUT")]) { repository, proxy, _, _ async throws in
            let error = await #expect(throws: ImageError.self) {
                try await repository.put(MemorySource.content(fresh(3_000_000)), mountingFrom: nil)
            }
            #expect(error?.description.contains("413 content too large") == true)
            #expect(proxy.count("PUT") == 1)
        }
    }

    @Test func `are done when only the answer got lost`() async throws {
        try await with([Fault(.dropAnswer, on: "PUT", times: 1)]) { repository, proxy, registry, _ async throws in
            let blob = fresh(100_000)
            #expect(try await repository.put(MemorySource.content(blob), mountingFrom: nil) == .written)
            #expect(registry.stored(Digest(of: blob)) == blob)
            #expect(steps(proxy) == ["HEAD", "POST", "PUT", "GET", "HEAD"])
        }
    }

    @Test func `never send content that is not what its digest says`() async throws {
        try await with { repository, proxy, registry, _ async throws in
            let digest = Digest(of: fresh(8))
            let descriptor = Descriptor(mediaType: MediaType.anyBytes, digest: digest, size: 1_000_000)
            let content = BlobContent(descriptor, in: MemorySource([fresh(1_000_000)], as: [digest]))
            let error = await #expect(throws: ImageError.self) {
                try await repository.put(content, mountingFrom: nil)
            }
            #expect(error?.code == .verification)
            #expect(registry.stored(digest) == nil)
            #expect(proxy.count("PUT") <= 1)
        }
    }

    // MARK: In pieces

    @Test func `go on at the piece that did not arrive`() async throws {
        let faults = [
            Fault(.rewriteHeader("OCI-Chunk-Min-Length", "1000"), on: "POST"),
            Fault(.status(503), on: "PATCH", times: 1, skipping: 1),
        ]
        try await with(faults) { repository, proxy, registry, client async throws in
            let blob = fresh((16 << 20) + 100_000)
            #expect(try await repository.put(MemorySource.content(blob), mountingFrom: nil) == .written)
            #expect(registry.stored(Digest(of: blob)) == blob)
            #expect(steps(proxy) == ["HEAD", "POST", "PATCH", "PATCH", "GET", "PATCH", "PUT"])
            #expect(proxy.exchanges[5].header("Content-Range") == "16777216-16877215")
            #expect(client.retries.count == 1)
        }
    }

    @Test func `go on in the middle, where the registry says that they broke off`() async throws {
        let session = "/v2/x/blobs/uploads/1?state=2"
        let faults = [
            Fault(.status(202, headers: ["Location": "/v2/x/blobs/uploads/1?state=1"]), on: "POST"),
            Fault(.cutRequest(afterBytes: 1_000_000), on: "PUT", times: 1),
            Fault(.status(204, headers: ["Location": session, "Range": "0-654320"]), on: "GET"),
            Fault(.status(202, headers: ["Location": session]), on: "PATCH"),
            Fault(.status(201), on: "PUT", skipping: 1),
        ]
        try await with(faults) { repository, proxy, _, _ async throws in
            #expect(try await repository.put(MemorySource.content(fresh(3_000_000)), mountingFrom: nil) == .written)
            #expect(steps(proxy) == ["HEAD", "POST", "PUT", "GET", "PATCH", "PUT"])
            #expect(proxy.exchanges[4].target == session)
            #expect(proxy.exchanges[4].header("Content-Range") == "654321-2999999")
            #expect(proxy.exchanges[4].bodyBytes == 3_000_000 - 654_321)
            #expect(proxy.exchanges[5].target.hasPrefix("\(session)&digest="))
            #expect(proxy.exchanges[5].bodyBytes == 0)
        }
    }

    @Test("begin anew when the registry has lost track of them", arguments: ["PATCH", "PUT"])
    func lostTrack(method: String) async throws {
        let faults = [
            Fault(.rewriteHeader("OCI-Chunk-Min-Length", method == "PATCH" ? "1000" : nil), on: "POST"),
            Fault(.cutRequest(afterBytes: 1_000_000), on: method, times: 1),
        ]
        try await with(faults) { repository, proxy, registry, _ async throws in
            let blob = fresh(3_000_000)
            #expect(try await repository.put(MemorySource.content(blob), mountingFrom: nil) == .written)
            #expect(registry.stored(Digest(of: blob)) == blob)
            #expect(proxy.count("GET", "/blobs/uploads/") == 1, "the registry is asked how far it got")
            #expect(proxy.count("POST") == 2)
        }
    }

    @Test func `are sent in pieces when the registry asks for them`() async throws {
        try await with([Fault(.rewriteHeader("OCI-Chunk-Min-Length", "1000"), on: "POST")]) {
            repository, proxy, registry, _ async throws in
            let blob = fresh((16 << 20) + 5)
            #expect(try await repository.put(MemorySource.content(blob), mountingFrom: nil) == .written)
            #expect(registry.stored(Digest(of: blob)) == blob)
            #expect(steps(proxy) == ["HEAD", "POST", "PATCH", "PATCH", "PUT"])
            #expect(
                proxy.exchanges.map { $0.header("Content-Range") } == [
                    nil, nil, "0-16777215", "16777216-16777220", nil,
                ])
            #expect(proxy.exchanges.map(\.bodyBytes) == [0, 0, 16 << 20, 5, 0])
        }
    }

    @Test func `go on although a piece was answered with a challenge`() async throws {
        try await TokenServer.with(users: ["ann": "s3cret"], rights: [.init("ann", "app", "pull", "push")]) {
            service async throws in
            try await RegistryServer.with(.token(service)) { registry async throws in
                let challenge = #"Bearer realm="\#(service.realm)",service="\#(TokenServer.service)""#
                let faults = [
                    Fault(.rewriteHeader("OCI-Chunk-Min-Length", "1000"), on: "POST"),
                    Fault(.status(401, headers: ["WWW-Authenticate": challenge]), on: "PATCH", times: 1, skipping: 1),
                    Fault(.status(401, headers: ["WWW-Authenticate": challenge]), on: "PUT", times: 1),
                ]
                try await FaultProxy.with(registry, faults) { proxy async throws in
                    let client = try Client(credential: .password(user: "ann", password: "s3cret"))
                    let repository = try client.repository(proxy.host, "app")
                    let blob = fresh((16 << 20) + 700_000)
                    #expect(try await repository.put(MemorySource.content(blob), mountingFrom: nil) == .written)
                    #expect(registry.stored(Digest(of: blob)) == blob)
                    #expect(proxy.count("GET") == 0, "nothing was lost")
                    #expect(proxy.count("PATCH") == 3)
                }
            }
        }
    }

    // MARK: Mounts

    @Test func `are not made where the blob is next door`() async throws {
        try await with { repository, proxy, registry, client async throws in
            let source = try client.repository(proxy.host, registry.freshRepository("source"))
            let blob = fresh(1_000_000)
            try registry.put(blob: blob, in: source.repository.path)
            let content = BlobContent(MemorySource.descriptor(of: blob), in: source)
            #expect(try await repository.put(content, mountingFrom: source) == .mounted)
            #expect(registry.has(blob: Digest(of: blob), in: repository.repository.path))
            #expect(steps(proxy) == ["POST"])
            #expect(try await repository.put(content, mountingFrom: repository) == .existed)
        }
    }

    @Test func `use the session that they get instead of a mount`() async throws {
        try await with { repository, proxy, registry, client async throws in
            let source = try client.repository(proxy.host, registry.freshRepository("source"))
            let blob = fresh(100_000)
            try registry.put(blob: blob, in: source.repository.path)
            let content = MemorySource.content(fresh(50_000))
            #expect(try await repository.put(content, mountingFrom: source) == .written, "it is not in the source")
            #expect(steps(proxy) == ["POST", "PUT"])
            #expect(proxy.exchanges.map(\.registryStatus) == [202, 201])
        }
    }

    @Test("begin plainly where a mount is refused", arguments: [400, 403, 404, 405, 501])
    func refusedMount(status: Int) async throws {
        try await with([Fault(.status(status), on: "POST", at: "mount=")]) {
            repository, proxy, registry, client async throws in
            let source = try client.repository(proxy.host, registry.freshRepository("source"))
            let blob = fresh(1000)
            try registry.put(blob: blob, in: source.repository.path)
            let content = BlobContent(MemorySource.descriptor(of: blob), in: source)
            #expect(try await repository.put(content, mountingFrom: source) == .written)
            #expect(steps(proxy) == ["POST", "POST", "GET", "PUT"] || steps(proxy) == ["POST", "POST", "PUT", "GET"])
        }
    }
}
