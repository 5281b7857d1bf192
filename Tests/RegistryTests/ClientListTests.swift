import JSON
import OCI
import Registry
import TestKit
import Testing

@Suite("Lists of a registry")
struct ClientListTests {
    private static let image = TestImage()

    private func with(
        _ faults: [Fault] = [], _ body: (RegistryRepository, FaultProxy, RegistryServer) async throws -> Void
    ) async throws {
        let registry = try await RegistryServer.shared()
        let path = registry.freshRepository()
        try registry.put(Self.image, in: path, tag: "v1")
        try await FaultProxy.with(registry, faults) { proxy in
            try await body(Client().repository(proxy.host, path), proxy, registry)
        }
    }

    private func failure(_ repository: RegistryRepository) async -> ImageError? {
        await #expect(throws: ImageError.self) { try await repository.tags() }
    }

    // MARK: Tags

    @Test func `of tags are whole and sorted`() async throws {
        try await with { repository, proxy, registry async throws in
            let path = repository.repository.path
            for number in 0..<20 { try registry.put(Self.image, in: path, tag: "t\(number)") }
            #expect(try await repository.tags() == registry.tags(of: path))
            #expect(proxy.exchanges.first?.target.hasSuffix("/tags/list?n=1000") == true)
        }
    }

    @Test func `of tags may be in pages of any kind of address`() async throws {
        try await with { repository, proxy, _ async throws in
            let name = repository.repository.path
            func page(_ tags: String, _ link: String?, _ part: String) -> Fault {
                Fault(.status(200, headers: link.map { ["Link": $0] } ?? [:], body: #"{"tags":[\#(tags)]}"#), at: part)
            }
            proxy.reset([
                page(#""c","a""#, #"<list?page=2&x=%2f>; rel="next""#, "n="),
                page(
                    #""b""#, #"</x>; rel="prev", <http://\#(proxy.host)/v2/\#(name)/tags/list?page=3>; rel=next"#,
                    "page=2"),
                page("null", nil, "page=3"),
            ])
            #expect(try await repository.tags() == ["a", "b", "c"])
            #expect(proxy.exchanges[1].target.hasSuffix("/tags/list?page=2&x=%2f"))
        }
    }

    @Test func `of tags are empty where the registry says null`() async throws {
        try await with([Fault(.replaceBody(Array(#"{"name":"a","tags":null}"#.utf8)))]) {
            repository, _, _ async throws in
            #expect(try await repository.tags().isEmpty)
        }
    }

    @Test func `of tags of what is not there are an error`() async throws {
        let registry = try await RegistryServer.shared()
        let repository = try Client().repository(registry.host, registry.freshRepository())
        let error = await failure(repository)
        #expect(error?.code == .notFound)
        #expect(error?.description.contains("NAME_UNKNOWN") == true)
    }

    @Test func `that are not JSON, or have no end, are an error`() async throws {
        try await with([Fault(.replaceBody(Array("<html>".utf8)))]) { repository, proxy, _ async throws in
            let error = await failure(repository)
            #expect(error?.description.contains("is not JSON") == true)
            proxy.reset([
                Fault(.status(200, headers: ["Link": #"<list?n=1000>; rel="next""#], body: #"{"tags":["a"]}"#))
            ])
            let endless = await failure(repository)
            #expect(endless?.description.contains("has no end") == true)
        }
    }

    // MARK: Referrers

    private func signature(_ text: String) -> TestImage {
        .artifact("application/x.sig", text, subject: Self.image.descriptor, annotations: ["of": text])
    }

    private func push(_ content: TestImage, to repository: RegistryRepository) async throws {
        for blob in content.blobs { _ = try await repository.put(MemorySource.content(blob), mountingFrom: nil) }
        try await repository.put(ManifestContent(content), as: .digest)
    }

    private var fallbackTag: String { "sha256-\(Self.image.digest.hex)" }

    @Test func `of referrers are kept under a tag where the registry keeps none`() async throws {
        try await with { repository, _, registry async throws in
            #expect(try await repository.referrers(of: Self.image.digest, artifactType: nil).isEmpty)
            let signatures = ["one", "two", "three"].map(signature)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for signature in signatures { group.addTask { try await push(signature, to: repository) } }
                try await group.waitForAll()
            }
            let found = try await repository.referrers(of: Self.image.digest, artifactType: nil)
            #expect(Set(found.map(\.digest)) == Set(signatures.map(\.digest)), "none is lost to another")
            #expect(found.map(\.digest.description) == found.map(\.digest.description).sorted())
            #expect(found.allSatisfy { $0.artifactType == "application/x.sig" && $0.annotations["of"] != nil })
            #expect(registry.tags(of: repository.repository.path) == [fallbackTag, "v1"])

            let other = try await repository.referrers(of: Self.image.digest, artifactType: "application/x.other")
            #expect(other.isEmpty)

            try await repository.removeManifest(signatures[0].digest)
            let left = try await repository.referrers(of: Self.image.digest, artifactType: "application/x.sig")
            #expect(Set(left.map(\.digest)) == Set(signatures.dropFirst().map(\.digest)))
        }
    }

    @Test func `of referrers are written once`() async throws {
        try await with { repository, proxy, _ async throws in
            try await push(signature("one"), to: repository)
            let before = proxy.count("PUT", fallbackTag)
            try await push(signature("one"), to: repository)
            #expect(before == 1 && proxy.count("PUT", fallbackTag) == 1)
        }
    }

    @Test func `of referrers are the registry's where it says so`() async throws {
        let subject = Fault(.rewriteHeader("OCI-Subject", Self.image.digest.description), on: "PUT")
        try await with([subject]) { repository, _, registry async throws in
            try await push(signature("one"), to: repository)
            #expect(registry.tags(of: repository.repository.path) == ["v1"])
        }
    }

    @Test func `of referrers come from the registry, page by page`() async throws {
        let pages = ["one", "two"].map { signature($0) }.map { content in
            var entry = content.descriptor.content
            entry.artifactType = "application/x.sig"
            return Index(mediaType: MediaType.ociIndex, manifests: [entry]).json.bytes()
        }
        try await with { repository, proxy, _ async throws in
            let path = "/v2/\(repository.repository.path)/referrers/\(Self.image.digest)"
            let next = #"<\#(path)?page=2>; rel="next""#
            proxy.reset([
                Fault(
                    .status(200, headers: ["Link": next], body: String(decoding: pages[0], as: UTF8.self)),
                    at: "?artifactType=application%2Fx.sig"),
                Fault(.status(200, body: String(decoding: pages[1], as: UTF8.self)), at: "page=2", times: 1),
            ])
            let found = try await repository.referrers(of: Self.image.digest, artifactType: "application/x.sig")
            #expect(found.count == 2)
            #expect(proxy.count() == 2)

            let error = await #expect(throws: ImageError.self) {
                try await repository.referrers(of: Self.image.digest, artifactType: "application/x.sig")
            }
            #expect(error?.code == .notFound, "half a list is none")
        }
    }

    @Test(
        "of referrers are looked for under the tag where the API is missing",
        arguments: [
            Fault.Action.status(400), .status(404), .status(405), .status(200, body: "<html>"),
            .status(200, body: "[]"),
        ])
    func missingAPI(answer: Fault.Action) async throws {
        try await with([Fault(answer, at: "/referrers/")]) { repository, _, _ async throws in
            try await push(signature("one"), to: repository)
            #expect(try await repository.referrers(of: Self.image.digest, artifactType: nil).count == 1)
        }
    }

    @Test(
        "of referrers are not empty because the registry refuses, or is out of order",
        arguments: [(403, ImageError.Code.denied), (429, .interrupted), (503, .interrupted)])
    func noAnswer(status: Int, code: ImageError.Code) async throws {
        try await with([Fault(.status(status), at: "/referrers/")]) { repository, _, _ async throws in
            let error = await #expect(throws: ImageError.self) {
                try await repository.referrers(of: Self.image.digest, artifactType: nil)
            }
            #expect(error?.code == code)
        }
    }
}
