import HTTP
import Testing

@Suite("Addresses")
struct HTTPURLTests {
    @Test(
        "are resolved against the one of the request, and their query is kept",
        arguments: [
            ("/a/b?x=%2F+y&z", "http://h:1/a/b?x=%2F+y&z"), ("c?d", "http://h:1/v2/c?d"),
            ("?d=e", "http://h:1/v2/x?d=e"),
            ("https://other/a?b=c%3D", "https://other/a?b=c%3D"), ("//other/a", "http://other/a"),
        ])
    func resolve(reference: String, expected: String) {
        #expect(HTTPURL.resolve(reference, against: "http://h:1/v2/x?old") == expected)
    }

    @Test(
        "have an origin, to which credentials belong",
        arguments: [
            ("http://h/a", "http://h:80"), ("https://H/a", "https://h:443"), ("https://h:5000", "https://h:5000"),
            ("http://[::1]:5000/", "http://[::1]:5000"), ("http://user@h/", "http://h:80"), ("nonsense:", nil),
        ] as [(String, String?)])
    func origin(url: String, expected: String?) {
        #expect(HTTPURL.origin(url) == expected)
    }

    @Test(
        "are of this machine or not",
        arguments: [
            ("localhost", true), ("LOCALHOST", true), ("a.localhost", true), ("127.0.0.1", true), ("127.1.2.3", true),
            ("[::1]", true), ("127.0.0.1.example", false), ("127.example.a.b1", false), ("128.0.0.1", false),
            ("localhost.example", false), ("notlocalhost", false), ("example", false),
        ])
    func loopback(host: String, expected: Bool) {
        #expect(HTTPURL.isLoopback(host: host) == expected)
    }

    @Test func `get more in their query`() {
        #expect(
            HTTPURL.appending(query: "digest", "sha256:a b", to: "http://h/a") == "http://h/a?digest=sha256%3Aa%20b")
        #expect(HTTPURL.appending(query: "d", "é", to: "/a?b=%2F") == "/a?b=%2F&d=%C3%A9")
    }

    @Test(
        "dates are those of HTTP",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777), ("soon", nil), ("", nil),
        ] as [(String, Int?)])
    func dates(text: String, expected: Int?) {
        #expect(HTTPURL.date(text) == expected)
    }
}
