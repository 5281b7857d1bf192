import JSON
import OCI
import TestKit
import Testing

@Suite("create --wait-for")
struct WaitTests {
    private let amd64 = TestImage()
    private let armv7 = TestImage(Platform(os: "linux", architecture: "arm", variant: "v7"))

    private func made(_ reference: String) async throws -> [Digest] {
        try Index(json: JSONValue(parsing: await succeeds("inspect", "--raw", reference).utf8)).manifests.map(\.digest)
    }

    @Test(
        "combines what is under the names of the platforms, in their order",
        arguments: [
            ("1.2-{arch}{variant}", "1.2-amd64", "1.2-armv7"), ("{platform}", "linux-amd64", "linux-arm-v7"),
            ("{os}_{arch}_x{variant}", "linux_amd64_x", "linux_arm_xv7"),
        ])
    func names(template: String, first: String, second: String) async throws {
        let registry = try await RegistryServer.shared()
        let attestation = TestImage.attestation(of: armv7.descriptor)
        let repo = try registry.repository(["plain": TestImage(Platform(os: "linux", architecture: "s390x"))])
        try registry.put(amd64, in: path(of: repo), tag: first)
        try registry.put(TestIndex([armv7, attestation]), in: path(of: repo), tag: second)
        let words = ["--wait-for", "linux/arm/v7,linux/amd64", "\(repo):\(template)"]
        let outcome = try await Tool.imgtool.run(["create", "-t", "\(repo):all"] + words)
        #expect(outcome.status == 0 && outcome.error == "", "\(outcome.error)")
        #expect(try await made("\(repo):all") == [armv7, attestation, amd64].map(\.digest))
        let more = try await Tool.imgtool.run(["create", "-t", "\(repo):more", "\(repo):plain"] + words)
        #expect(more.status == 0, "\(more.error)")
        #expect(try await made("\(repo):more").count == 4)
    }

    @Test("waits until they are there", arguments: ImagePlace.Kind.allCases)
    func waiting(kind: ImagePlace.Kind) async throws {
        try await ImagePlace.with(.registry, ["amd64": amd64, "armv7": armv7]) { source in
            try await ImagePlace.with(kind, [:]) { place in
                async let waiting = printed(
                    "create", "-t", place("all"), "--wait-for", "linux/amd64,linux/arm/v7", place("1-{arch}{variant}"))
                try await printed("copy", source("armv7"), place("1-armv7"))
                try await printed("copy", source("amd64"), place("1-amd64"))
                _ = try await waiting
                #expect(try place.index("all").manifests.map(\.digest) == [amd64.digest, armv7.digest])
            }
        }
    }

    @Test func `names all that is missing when the time is over`() async throws {
        try await ImagePlace.with(.registry, ["1-amd64": amd64]) { place in
            try await refused(
                3, "create", "-t", place("all"), "--wait-for=linux/amd64,linux/arm64,linux/s390x",
                "--wait-timeout=300ms", place("1-{arch}"), saying: [place("1-arm64"), place("1-s390x")])
            #expect(try place.digest(of: "all") == nil)
        }
    }

    @Test func `refuses an image of another platform at once`() async throws {
        try await ImagePlace.with(.registry, ["1-arm64": amd64]) { place in
            try await refused(
                1, "create", "-t", place("all"), "--wait-for=linux/arm64,linux/s390x", place("1-{arch}"),
                saying: [place("1-arm64"), "linux/arm64", "linux/amd64"])
        }
    }

    @Test("ends at once when it is refused, and says at what", arguments: [(401, 4), (403, 4), (400, 1)])
    func refusal(status: Int, exit: Int) async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["1-amd64": amd64])
        try await FaultProxy.with(registry, [Fault(.status(status), at: "/manifests/1-arm64")]) { proxy in
            let name = proxy.repository(repo)
            try await refused(
                exit, "create", "-t", "\(name):all", "--wait-for=linux/amd64,linux/arm64,linux/s390x",
                "\(name):1-{arch}", saying: ["\(name):1-arm64"])
        }
    }

    @Test func `needs a placeholder for the platform, and a template needs the platforms`() async throws {
        try await ImagePlace.with(.layout, ["amd64": amd64]) { place in
            try await refused(
                2, "create", "-t", place("all"), "--wait-for=linux/amd64", place("amd64"), saying: ["{arch}"])
            try await refused(2, "create", "-t", place("all"), place("{arch}"), saying: ["--wait-for"])
            try await refused(
                2, "create", "-t", place("all"), "--wait-for=linux/amd64", "--wait-timeout=long", place("{arch}"),
                saying: ["--wait-timeout", "long"])
        }
    }

    @Test func `says what it waits for where somebody looks`() async throws {
        try await ImagePlace.with(.registry, ["1-amd64": amd64]) { place in
            let words = ["create", "-t", place("all"), "--wait-for=linux/amd64", place("1-{arch}")]
            let shown = try await Tool.imgtool.run(words + ["--progress=plain"])
            #expect(shown.error.contains(place("1-amd64")), "\(shown.error)")
            #expect(try await Tool.imgtool.run(words + ["-q"]).error == "")
        }
    }
}
