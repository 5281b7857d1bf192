import OCI
import Registry
import TestKit
import Testing

@Suite("Manifests of a registry")
struct ClientManifestTests {
    private static let image = TestImage()

    /// A repository with an image tagged `v1`, behind a proxy.
    private func with(
        _ faults: [Fault] = [], _ body: (RegistryRepository, FaultProxy, Client) async throws -> Void
    ) async throws {
        let registry = try await RegistryServer.shared()
        let path = registry.freshRepository()
        try registry.put(Self.image, in: path, tag: "v1")
        try await FaultProxy.with(registry, faults) { proxy async throws in
            let client = try Client()
            try await body(client.repository(proxy.host, path), proxy, client)
        }
    }

    private func failure(_ repository: RegistryRepository, _ reference: ManifestReference) async -> ImageError? {
        await #expect(throws: ImageError.self) { try await repository.manifest(reference) }
    }

    @Test func `are asked for with every media type, and taken byte for byte`() async throws {
        try await with { repository, proxy, _ async throws in
            let descriptor = try await repository.resolve(.tag("v1"))
            #expect(descriptor == Self.image.descriptor.content)
            let content = try await repository.manifest(.tag("v1"))
            #expect(content.bytes == Self.image.manifest)
            #expect(content.descriptor == descriptor)
            #expect(try await repository.manifest(.digest(descriptor.digest)).bytes == content.bytes)
            #expect(proxy.exchanges.map(\.method) == ["HEAD", "GET", "GET"])
            for exchange in proxy.exchanges {
                let accept = exchange.header("Accept") ?? ""
                for type in MediaType.manifests { #expect(accept.contains(type)) }
                #expect(exchange.header("User-Agent") == "imgtool-test")
            }
        }
    }

    @Test func `that are not there are said to be not there, and what to do`() async throws {
        try await with { repository, _, _ async throws in
            for reference in [ManifestReference.tag("v2"), .digest(Digest(of: [1]))] {
                for error in [
                    await failure(repository, reference),
                    await #expect(throws: ImageError.self) { try await repository.resolve(reference) },
                ] {
                    #expect(error?.code == .notFound)
                    #expect(error?.attempt.hasPrefix("cannot read \(repository.name)") == true)
                    #expect(error?.advice?.contains("imgtool tags") ?? false == (reference.digest == nil))
                }
            }
        }
    }

    @Test func `are resolved by GET where HEAD does not say enough`() async throws {
        let cases: [Fault] = [
            Fault(.status(405), on: "HEAD"), Fault(.rewriteHeader("Docker-Content-Digest", nil), on: "HEAD"),
            Fault(.rewriteHeader("Content-Type", "text/html"), on: "HEAD"),
        ]
        for fault in cases {
            try await with([fault]) { repository, proxy, _ async throws in
                #expect(try await repository.resolve(.tag("v1")) == Self.image.descriptor.content)
                #expect(proxy.exchanges.map(\.method) == ["HEAD", "GET"])
            }
        }
    }

    @Test func `have the digest of their bytes, whatever the header says`() async throws {
        let wrong = Digest(of: [1])
        try await with([Fault(.rewriteHeader("Docker-Content-Digest", wrong.description))]) {
            repository, _, client async throws in
            let content = try await repository.manifest(.tag("v1"))
            #expect(content.digest == Self.image.digest)
            _ = try await repository.manifest(.tag("v1"))
            #expect(client.warnings.count == 1, "a warning is shown once")
            #expect(client.warnings[0].contains("\(wrong)") && client.warnings[0].contains("\(content.digest)"))
            #expect(try await repository.manifest(.digest(content.digest)).bytes == content.bytes)
        }
    }

    @Test func `that are forged are refused with both digests`() async throws {
        let forged = Array(#"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)","manifests":[]}"#.utf8)
        let faults = [
            Fault(.replaceBody(forged), on: "GET"),
            Fault(.rewriteHeader("Content-Type", MediaType.ociIndex), on: "GET"),
        ]
        try await with(faults) { repository, _, _ async throws in
            let error = await failure(repository, .digest(Self.image.digest))
            #expect(error?.code == .verification)
            #expect(error?.description.contains("\(Self.image.digest)") == true)
            #expect(error?.description.contains("\(Digest(of: forged))") == true)
        }
    }

    private static let bad: [(name: String, type: String?, body: [UInt8], code: ImageError.Code, says: String)] = [
        ("HTML", "text/html", Array("<html><body>Sign in</body></html>".utf8), .failed, "not the JSON of a manifest"),
        ("nothing", nil, [], .failed, "not the JSON of a manifest"),
        (
            "the wrong type", MediaType.ociIndex, image.manifest, .verification,
            "it was sent as \(MediaType.ociIndex), but says that it is \(MediaType.ociManifest)"
        ),
        ("another type", "text/html", image.manifest, .verification, "text/html"),
        (
            "members twice", nil, Array(#"{"schemaVersion":2,"manifests":[],"manifests":[]}"#.utf8), .failed,
            "manifests"
        ),
        (
            "depth", nil, Array(String(repeating: "[", count: 10_000).utf8), .failed, "not the JSON of a manifest"
        ),
        ("size", nil, [UInt8](repeating: 0x20, count: 20 << 20), .failed, "larger than"),
    ]

    @Test(arguments: bad.map(\.name)) func `that are bad are refused in one line`(name: String) async throws {
        let bad = try #require(Self.bad.first { $0.name == name })
        var faults = [Fault(.replaceBody(bad.body), on: "GET")]
        if let type = bad.type { faults.append(Fault(.rewriteHeader("Content-Type", type), on: "GET")) }
        try await with(faults) { repository, proxy, _ async throws in
            let error = await failure(repository, .tag("v1"))
            #expect(error?.code == bad.code)
            #expect(error?.description.contains(bad.says) == true, "\(error?.description ?? "")")
            #expect(error?.description.contains("\n") == false)
            #expect(proxy.count() == 1, "asking again would not help")
        }
    }

    @Test func `that are cut off are asked for again, a few times`() async throws {
        try await with([Fault(.cutResponse(afterBytes: 100), on: "GET", times: 2)]) {
            repository, proxy, _ async throws in
            #expect(try await repository.manifest(.tag("v1")).bytes == Self.image.manifest)
            #expect(proxy.count("GET") == 3)
            proxy.reset([Fault(.cutResponse(afterBytes: 100), on: "GET")])
            let error = await failure(repository, .tag("v1"))
            #expect(error?.code == .verification)
            #expect(proxy.count("GET") == 5)
        }
    }

    @Test func `are written with what they are`() async throws {
        try await with { repository, proxy, _ async throws in
            let registry = try await RegistryServer.shared()
            let image = TestImage(layers: [TestLayer("name", repository.name)])
            for blob in image.blobs { _ = try await repository.put(MemorySource.content(blob), mountingFrom: nil) }
            for naming in [ManifestNaming.child, .digest, .tag("v2")] {
                try await repository.put(ManifestContent(image), as: naming)
            }
            let puts = proxy.exchanges.filter { $0.isRequest("PUT", "/manifests/") }
            #expect(
                puts.map { String($0.target.split(separator: "/").last ?? "") } == [
                    "\(image.digest)", "\(image.digest)", "v2",
                ])
            #expect(puts.allSatisfy { $0.header("Content-Type") == MediaType.ociManifest })
            #expect(registry.stored(image.digest) == image.manifest)
            #expect(registry.digest(of: "v2", in: repository.repository.path) == image.digest)
        }
    }

    @Test func `are not written without their blobs, and the registry's words are shown`() async throws {
        try await with { repository, _, _ async throws in
            let image = TestImage(layers: [TestLayer("name", "lonely in \(repository.name)")])
            let error = await #expect(throws: ImageError.self) {
                try await repository.put(ManifestContent(image), as: .tag("v3"))
            }
            #expect(error?.code == .failed)
            #expect(error?.description.contains("MANIFEST_BLOB_UNKNOWN") == true, "\(error?.description ?? "")")
        }
    }

    @Test func `that a registry rewrites are an error with both digests`() async throws {
        let other = Digest(of: [1])
        try await with([Fault(.rewriteHeader("Docker-Content-Digest", other.description), on: "PUT")]) {
            repository, _, _ async throws in
            for naming in [ManifestNaming.child, .digest, .tag("v2"), .tagOnce("v2")] {
                let error = await #expect(throws: ImageError.self) {
                    try await repository.put(ManifestContent(Self.image), as: naming)
                }
                #expect(error?.code == .verification)
                #expect(
                    error?.reason.contains("\(other)") == true && error?.reason.contains("\(Self.image.digest)") == true
                )
            }
        }
        // The same bytes have another name in another algorithm.
        let same = Digest(of: Self.image.manifest, algorithm: .sha512)
        try await with([Fault(.rewriteHeader("Docker-Content-Digest", same.description), on: "PUT")]) {
            repository, _, _ async throws in
            try await repository.put(ManifestContent(Self.image), as: .tag("v2"))
        }
    }

    @Test func `whose place or parts are not there are a failure, and never what a script waits for`() async throws {
        func answer(_ code: String, _ detail: String = "") -> Fault {
            Fault(
                .status(404, body: #"{"errors":[{"code":"\#(code)","message":"unknown"\#(detail)}]}"#), on: "PUT",
                at: "/manifests/")
        }
        let digest = Digest(of: [7])
        let cases: [(Fault, String)] = [
            (answer("NAME_UNKNOWN"), "create the repository"), (answer("MANIFEST_UNKNOWN"), "MANIFEST_UNKNOWN"),
            (answer("MANIFEST_BLOB_UNKNOWN", #","detail":"\#(digest)""#), "\(digest)"),
            (answer("MANIFEST_BLOB_UNKNOWN", #","detail":{"digest":"\#(digest)"}"#), "\(digest)"),
        ]
        for (fault, part) in cases {
            try await with([fault]) { repository, _, _ async throws in
                let error = await #expect(throws: ImageError.self) {
                    try await repository.put(ManifestContent(Self.image), as: .tag("v2"))
                }
                #expect(error?.code == .failed)
                #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
            }
        }
    }

    @Test func `are written without a condition where a registry does not take one`() async throws {
        for status in [400, 412, 501] {
            let faults = [Fault(.status(status)) { $0.method == "PUT" && $0.header("If-Match") != nil }]
            try await with(faults) { repository, _, _ async throws in
                let error = await #expect(throws: ImageError.self) {
                    try await repository.put(
                        ManifestContent(Self.image), as: .tagOnce("v1", replacing: Self.image.digest))
                }
                #expect(error?.code == .overtaken)
            }
        }
    }

    @Test func `whose tag was moved although the answer got lost are not written again`() async throws {
        try await with([Fault(.dropAnswer, on: "PUT", times: 1)]) { repository, proxy, _ async throws in
            try await repository.put(ManifestContent(Self.image), as: .tag("v4"))
            #expect(proxy.exchanges.map(\.method) == ["PUT", "HEAD"])
        }
    }

    @Test func `whose tag was not moved before the connection ended are written again`() async throws {
        try await with([Fault(.cutRequest(afterBytes: 10), on: "PUT", times: 1)]) { repository, proxy, _ async throws in
            try await repository.put(ManifestContent(Self.image), as: .tag("v5"))
            #expect(proxy.exchanges.map(\.method) == ["PUT", "HEAD", "PUT"])
            #expect(try await repository.resolve(.tag("v5")).digest == Self.image.digest)
        }
    }

    @Test func `are removed by digest, with their tags`() async throws {
        try await with { repository, _, _ async throws in
            try await repository.removeManifest(Self.image.digest)
            let gone = await failure(repository, .tag("v1"))
            #expect(gone?.code == .notFound)
            let error = await #expect(throws: ImageError.self) {
                try await repository.removeManifest(Self.image.digest)
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test func `stay when a registry cannot remove a tag alone`() async throws {
        try await with { repository, _, _ async throws in
            let error = await #expect(throws: ImageError.self) { try await repository.removeTag("v1") }
            #expect(error?.description.contains("nothing was removed") == true)
            #expect(try await repository.resolve(.tag("v1")).digest == Self.image.digest)
            let missing = await #expect(throws: ImageError.self) { try await repository.removeTag("v9") }
            #expect(missing?.code == .notFound)
        }
    }

    @Test func `show warnings of the registry once each, without control characters`() async throws {
        let warnings = ["a", "b\u{1B}[2J"].map { #"299 - "quota \#($0)""# }
        let faults = warnings.map { Fault(.rewriteHeader("Warning", $0), on: $0 == warnings[0] ? "HEAD" : "GET") }
        try await with(faults) { repository, proxy, client async throws in
            for _ in 0..<2 {
                _ = try await repository.resolve(.tag("v1"))
                _ = try await repository.manifest(.tag("v1"))
            }
            #expect(client.warnings == ["\(proxy.host): quota a", "\(proxy.host): quota b [2J"])
        }
    }
}
