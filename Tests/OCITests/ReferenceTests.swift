import OCI
import Testing

private let digest = "sha256:" + String(repeating: "ab", count: 32)
private let longDigest = "sha512:" + String(repeating: "0f", count: 64)

@Suite("References")
struct ReferenceTests {
    @Test(
        "have Docker's defaults filled in",
        arguments: [
            ("alpine", "docker.io/library/alpine:latest"), ("alpine:3.20", "docker.io/library/alpine:3.20"),
            ("team/app", "docker.io/team/app:latest"), ("docker.io/alpine", "docker.io/library/alpine:latest"),
            ("index.docker.io/library/alpine", "docker.io/library/alpine:latest"),
            ("localhost/app", "localhost/app:latest"),
            ("localhost:5000", "docker.io/library/localhost:5000"), ("localhost:5000/app:1", "localhost:5000/app:1"),
            ("registry.example/a/b/c", "registry.example/a/b/c:latest"),
            ("REGISTRY.example:443/app", "registry.example:443/app:latest"),
            ("Host/app", "Host/app:latest"), ("LocalHost/app", "localhost/app:latest"),
            ("[::1]:5000/app", "[::1]:5000/app:latest"), ("[2001:db8::1]/app:x", "[2001:db8::1]/app:x"),
            ("127.0.0.1:65535/app", "127.0.0.1:65535/app:latest"),
            ("a.b/c__d/e-f/g---h.i", "a.b/c__d/e-f/g---h.i:latest"),
            ("app@\(digest)", "docker.io/library/app@\(digest)"),
            ("app:1@\(digest)", "docker.io/library/app:1@\(digest)"),
            ("r.example:5000/app@\(longDigest)", "r.example:5000/app@\(longDigest)"),
            ("app:_x.Y-2", "docker.io/library/app:_x.Y-2"),
            ("oci:/tmp/images", "oci-layout:///tmp/images:latest"), ("oci:images:v1", "oci-layout://images:v1"),
            ("oci-layout:///tmp/images:v1", "oci-layout:///tmp/images:v1"),
            ("oci:/tmp/a:b/images", "oci-layout:///tmp/a:b/images:latest"),
            ("oci:/tmp/a:b/images:v1@\(digest)", "oci-layout:///tmp/a:b/images:v1@\(digest)"),
            ("oci-layout://dir@\(digest)", "oci-layout://dir@\(digest)"),
            ("oci:./Größe d", "oci-layout://./Größe d:latest"),
            ("oci-archive:/tmp/a.tar", "oci-archive:/tmp/a.tar:latest"), ("oci-archive:a.tar:1", "oci-archive:a.tar:1"),
            ("oci-archive:-", "oci-archive:-:latest"), ("oci-archive:/a:b/c@\(digest)", "oci-archive:/a:b/c@\(digest)"),
            ("docker-archive:a.tar", "docker-archive:a.tar"), ("docker-archive:-", "docker-archive:-"),
            ("docker-archive:a.tar:app", "docker-archive:a.tar:docker.io/library/app:latest"),
            ("docker-archive:/x/a.tar:localhost:5000/app:1", "docker-archive:/x/a.tar:localhost:5000/app:1"),
            ("docker-archive:a.tar@\(digest)", "docker-archive:a.tar@\(digest)"),
            ("docker-archive:a.tar:app:1@\(digest)", "docker-archive:a.tar:docker.io/library/app:1@\(digest)"),
            ("store:app", "store:docker.io/library/app:latest"), ("store:team/app:1", "store:docker.io/team/app:1"),
            ("store:localhost:5000/app:1@\(digest)", "store:localhost:5000/app:1@\(digest)"),
            ("store:[::1]:5000/app", "store:[::1]:5000/app:latest"),
        ])
    func reading(_ text: String, _ full: String) throws {
        let reference = try Reference(parsing: text)
        #expect(reference.description == full)
        #expect(try Reference(parsing: full).description == full)
    }

    @Test("may be as long as the specification lets them, and no longer")
    func lengths() throws {
        let (tag, path) = (String(repeating: "t", count: 128), String(repeating: "p", count: 255))
        #expect(try Reference(parsing: "a.b/c:\(tag)").tag == tag)
        #expect(try Reference(parsing: "a.b/\(path)").description == "a.b/\(path):latest")
        let longTag = #expect(throws: ImageError.self) { try Reference(parsing: "a.b/c:\(tag)t") }
        #expect(longTag?.reason == "at character 135, \"t\": a tag has at most 128 characters")
        let longPath = #expect(throws: ImageError.self) { try Reference(parsing: "a.b/\(path)p:1") }
        #expect(longPath?.reason == "at character 260, \"p\": a repository has at most 255 characters")
    }

    @Test(
        "are refused with the place and the reason",
        arguments: [
            ("oci-archive:", "at its end, the path is missing"),
            ("docker-archive::app", "at character 16, \":\": the path is missing"),
            ("docker-archive:a.tar:App", "at character 22, \"A\": a repository is written in lower case"),
            ("store:", "at its end, the repository is missing"),
            ("store:App", "at character 7, \"A\": a repository is written in lower case"),
            ("store:-x.y/app", "at character 7, \"-\": a part of a registry's name starts with a letter or digit"),
            ("", "it is empty"), ("App", "at character 1, \"A\": a repository is written in lower case"),
            ("a.b/team/App", "at character 10, \"A\": a repository is written in lower case"),
            ("a b", "at character 2, \" \": a repository has lower-case letters, digits and . _ - / only"),
            ("a.b/", "at its end, the repository is missing"),
            ("/app", "at character 1, \"/\": \"/\" stands between lower-case letters or digits"),
            ("a..b", "at character 3, \".\": there is one \".\" too many"),
            ("a___b", "at character 4, \"_\": there is one \"_\" too many"),
            ("a//b", "at character 3, \"/\": there is one \"/\" too many"),
            ("a/-b", "at character 2, \"/\": \"/\" stands between lower-case letters or digits"),
            ("a-", "at character 2, \"-\": \"-\" stands between lower-case letters or digits"),
            ("app:", "at character 4, \":\": after this colon a tag is missing"),
            ("app:.x", "at character 5, \".\": a tag starts with a letter, digit or _"),
            ("app:a/b:c:d", "at character 10, \":\": a tag has letters, digits and . _ - only"),
            ("app:a+b", "at character 6, \"+\": a tag has letters, digits and . _ - only"),
            ("a.b:0/app", "at character 5, \"0\": a port is a number from 1 to 65535"),
            ("a.b:65536/app", "at character 5, \"6\": a port is a number from 1 to 65535"),
            ("a.b:+1/app", "at character 5, \"+\": a port is a number from 1 to 65535"),
            ("a.b:/app", "at character 5, \"/\": a port is a number from 1 to 65535"),
            ("-a.b/app", "at character 1, \"-\": a part of a registry's name starts with a letter or digit"),
            ("a.-b/app", "at character 3, \"-\": a part of a registry's name starts with a letter or digit"),
            ("a.b-/app", "at character 4, \"-\": a registry's name ends with a letter or digit"),
            ("a_b.c/app", "at character 2, \"_\": a registry's name has letters, digits, dots and hyphens only"),
            ("[::1/app", "at character 1, \"[\": the bracket of the IPv6 address is not closed"),
            ("[::g]/app", "at character 4, \"g\": an IPv6 address has hexadecimal digits and colons only"),
            ("[::1]x/app", "at character 6, \"x\": after the address comes a colon and the port, or a slash"),
            (
                "http://a.b/app",
                "at character 1, \"h\": \"http://\" is not a kind of reference; leave it out for a registry"
            ),
            ("app@", "at character 4, \"@\": after it comes a digest, but it has no algorithm, as in sha256:…"),
            (
                "app@sha256:12",
                "at character 4, \"@\": after it comes a digest, but it has 2 hexadecimal digits, sha256 has 64"
            ),
            (
                "app@md5:12",
                "at character 4, \"@\": after it comes a digest, but \"md5\" is not an algorithm that imgtool knows; those are sha256 and sha512"
            ),
            ("@\(digest)", "at character 1, \"@\": the repository is missing"),
            ("oci:", "at its end, the path is missing"),
            ("oci::v1", "at character 5, \":\": the path is missing"),
            ("oci:/tmp/x:", "at character 11, \":\": after this colon a tag is missing"),
            ("oci:größe:a b", "at character 12, \" \": a tag has letters, digits and . _ - only"),
            (
                String(repeating: "a1", count: 32),
                "at character 1, \"a\": 64 hexadecimal digits are not a repository; write sha256:a1a1a1… for a digest"
            ),
        ])
    func refusals(_ text: String, _ reason: String) {
        let error = #expect(throws: ImageError.self) { try Reference(parsing: text) }
        #expect(error?.code == .usage)
        #expect(error?.reason == reason)
    }

    @Test("say what to ask the place for, and can be pinned")
    func asking() throws {
        let pin = try Digest(digest)
        #expect(try Reference(parsing: "app").manifestReference == .tag("latest"))
        #expect(try Reference(parsing: "app:1@\(digest)").manifestReference == .digest(pin))
        #expect(try Reference(parsing: "app").pinned(to: pin).description == "docker.io/library/app:latest@\(digest)")
        #expect(
            try Reference(parsing: "app@\(longDigest)").pinned(to: pin).description == "docker.io/library/app@\(digest)"
        )
    }

    @Test("survive any text")
    func anything() {
        let texts = [
            "@", ":", "/", "[", "]", "oci:@", "oci-layout://", "a@b@c", "oci:a@", ":1", "é", "\u{0}", "oci:\u{0}",
            "[]:1/a", "[]", "a:1:2",
        ]
        for first in texts {
            for second in texts { _ = try? Reference(parsing: first + second) }
        }
    }
}

@Suite("Digests")
struct DigestTests {
    @Test(
        "are those of the content",
        arguments: [
            ("", Digest.Algorithm.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", .sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abc", .sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ])
    func hashing(_ text: String, _ algorithm: Digest.Algorithm, _ hex: String) throws {
        let digest = Digest(of: Array(text.utf8), algorithm: algorithm)
        #expect(digest.hex == hex)
        #expect(try Digest("\(algorithm):\(hex)") == digest)
        #expect(digest.short == "\(algorithm):\(hex.prefix(12))")
        var hasher = DigestHasher(algorithm)
        for byte in text.utf8 {
            let copy = hasher
            hasher.update([byte])
            #expect(copy.count == hasher.count - 1)
            #expect(copy.finalize() != hasher.finalize())
        }
        #expect(hasher.finalize() == digest)
    }

    @Test(
        "are refused when they are none",
        arguments: [
            ("abc", "it has no algorithm"), ("md5:ab", "is not an algorithm that imgtool knows"),
            ("sha256:", "it has 0 hexadecimal digits"),
            ("sha256:" + String(repeating: "AB", count: 32), "\"A\" is not a lower-case hexadecimal digit"),
            ("sha256:../../etc/passwd", "\".\" is not a lower-case"),
            ("SHA256:" + String(repeating: "ab", count: 32), "is not an algorithm"),
            ("sha512:" + String(repeating: "ab", count: 32), "it has 64 hexadecimal digits, sha512 has 128"),
        ])
    func refusals(_ text: String, _ reason: String) {
        let error = #expect(throws: ImageError.self) { try Digest(text) }
        #expect(error?.description.contains(reason) == true)
    }
}
