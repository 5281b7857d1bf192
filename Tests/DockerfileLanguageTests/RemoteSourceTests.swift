import DockerfileLanguage
import Testing

@Suite("What ADD adds")
struct RemoteSourceTests {
    @Test(
        "is a repository",
        arguments: [
            ("https://example.com/foo.git", "https://example.com/foo.git", nil, nil, "foo"),
            ("https://example.com/foo.git#deadbeef", "https://example.com/foo.git", "deadbeef", nil, "foo"),
            ("https://example.com/foo.git#release/1.2", "https://example.com/foo.git", "release/1.2", nil, "foo"),
            ("git://example.com/foo", "git://example.com/foo", nil, nil, "foo"),
            ("https://foo:bar@h.example/m/b.git", "https://foo:bar@h.example/m/b.git", nil, nil, "b"),
            ("git@github.com:moby/buildkit", "git@github.com:moby/buildkit", nil, nil, "buildkit"),
            ("git@github.com:moby/buildkit.git#v1:x", "git@github.com:moby/buildkit.git", "v1", "x", "buildkit"),
            ("https://h.example/f/bar.git#baz/qux:quux/q", "https://h.example/f/bar.git", "baz/qux", "quux/q", "bar"),
            ("https://h.example/d.git#:myfolder", "https://h.example/d.git", nil, "myfolder", "d"),
            ("https://h.example/d.git?ref=v1&subdir=/sub", "https://h.example/d.git", "v1", "/sub", "d"),
            ("https://h.example/d.git?tag=v1", "https://h.example/d.git", "refs/tags/v1", nil, "d"),
            ("https://h.example/d.git?branch=a%2Fb", "https://h.example/d.git", "refs/heads/a/b", nil, "d"),
            ("https://h.example/d.git?commit=abc", "https://h.example/d.git", "abc", nil, "d"),
            ("ssh://git@h.example/d.git", "ssh://git@h.example/d.git", nil, nil, "d"),
            ("http://host/.git#v1", "http://host/.git", "v1", nil, ""),
            ("https://host/.git", "https://host/.git", nil, nil, ""), ("git://host", "git://host", nil, nil, "host"),
            ("HTTPS://host/x.git", "HTTPS://host/x.git", nil, nil, "x"),
            ("http://host/x%2Egit", "http://host/x%2Egit", nil, nil, "x%2Egit"),
            ("ssh://host:22/x", "ssh://host:22/x", nil, nil, "x"),
        ] as [(String, String, String?, String?, String)])
    func git(_ text: String, _ remote: String, _ ref: String?, _ directory: String?, _ name: String) throws {
        let reference = try #require(try GitReference(parsing: text))
        #expect(reference.remote == remote)
        #expect(reference.ref == ref)
        #expect(reference.directory == directory)
        #expect(reference.shortName == name)
        #expect(try RemoteSource(recognising: text) == .git(reference))
    }

    @Test(
        "is something to fetch",
        arguments: [
            "https://example.com/", "https://example.com/foo", "https://example.com/foo.git/",
            "http://example.com/foo.git.bar", "http://h.example/docker.git:#branch", "https://h.git",
            "https://h.example/x?y.git", "https://h.example/x#y.git",
        ])
    func url(_ text: String) throws {
        #expect(try RemoteSource(recognising: text) == .url(text))
    }

    @Test(
        "is a path",
        arguments: [
            "./.git", ".git", "a/b.git", "custom.xyz/m/b.git", "ftp://h/x", "a@b", "github.com/moby/buildkit", "",
        ])
    func path(_ text: String) throws {
        #expect(try RemoteSource(recognising: text) == .path(text))
    }

    @Test(
        "is refused when its options contradict each other",
        arguments: [
            "ref=a&ref=b", "ref=", "tag=a&branch=b", "ref=a&tag=b", "x=1", "keep-git-dir=maybe", "subdir",
        ])
    func contradictory(_ options: String) {
        #expect(throws: GitReference.Unusable.self) { try GitReference(parsing: "https://h/d.git?" + options) }
    }

    @Test("is a repository whatever its path, when something else says so")
    func known() throws {
        let url = "https://example.com/foo?ref=a"
        let reference = try #require(try GitReference(parsing: url, isRepository: true))
        #expect(reference.ref == "a")
        #expect(try RemoteSource(recognising: url, isRepository: true) == .git(reference))
        #expect(try RemoteSource(recognising: "a/b", isRepository: true) == .path("a/b"))
    }

    @Test("has flags of its own")
    func flags() throws {
        let reference = try #require(try GitReference(parsing: "https://h/d.git?keep-git-dir&submodules=0&checksum=ab"))
        #expect(reference.keepsGitDirectory == true)
        #expect(reference.fetchesSubmodules == false)
        #expect(reference.checksum == "ab")
        #expect(reference.ref == "ab")
    }
}
