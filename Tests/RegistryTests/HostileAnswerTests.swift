import Concurrency
import OCI
import Registry
import TestKit
import Testing

/// Answers that no honest registry gives. None may crash the program, keep it forever, fill its memory, or be believed.
@Suite("A hostile answer", .timeLimit(.minutes(2)))
struct HostileAnswerTests {
    typealias Answer = RawServer.Answer

    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let answer: Answer

        init(_ name: String, _ answer: Answer) {
            testDescription = name
            self.answer = answer
        }
    }

    private static let padding = [UInt8](repeating: 0x20, count: 64 << 10)
    private static let json = #"{"schemaVersion":2,"manifests":[]}"#

    /// What is wrong whatever was asked for.
    static let anything = [
        Case("is nothing", Answer("")),
        Case("is not HTTP", Answer("220 smtp.example ESMTP\r\n")),
        Case("is HTTP/2's preface", Answer("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
        Case("is HTTP/0.9", Answer("<html>")),
        Case("has the status 000", Answer("HTTP/1.1 000 x\r\n\r\n")),
        Case("has the status 999", Answer("HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n")),
        Case("has a status of ten digits", Answer("HTTP/1.1 2000000000 OK\r\n\r\n")),
        Case(
            "goes on with 100 Continue forever", Answer("", then: .endless(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)))
        ),
        Case("has a header without end", Answer("HTTP/1.1 200 OK\r\nX: ", then: .endless(padding))),
        Case("has headers without end", Answer("HTTP/1.1 200 OK\r\n", then: .endless(Array("X-A: b\r\n".utf8)))),
        Case("says nothing", Answer("", then: .silent)),
        Case("stops within its headers", Answer("HTTP/1.1 200 OK\r\nContent-", then: .silent)),
        Case("has no colon in a header", Answer(headers: "Content-Length 5\r\n", body: "")),
        Case("has a zero byte in a header", Answer(headers: "Docker-Content-Digest: sha256:\0\r\n", body: "")),
        Case("has a negative length", Answer(headers: "Content-Length: -5\r\n", body: json)),
        Case("has a length of 2^64", Answer(headers: "Content-Length: 18446744073709551616\r\n", body: "{")),
        Case("has two lengths", Answer(headers: "Content-Length: 5\r\nContent-Length: 500\r\n", body: json)),
        Case("is shorter than it says", Answer(headers: "Content-Length: 5000\r\n", body: json)),
        Case("has a chunk that is no number", Answer(headers: "Transfer-Encoding: chunked\r\n", body: "zz\r\n{}\r\n")),
        Case("has a chunk of 2^64", Answer(headers: "Transfer-Encoding: chunked\r\n", body: "10000000000000000\r\n{}")),
        Case("has a chunk of -1", Answer(headers: "Transfer-Encoding: chunked\r\n", body: "-1\r\n{}")),
        Case("ends within a chunk", Answer(headers: "Transfer-Encoding: chunked\r\n", body: "ff\r\n{}")),
        Case(
            "has trailers without end",
            Answer(
                headers: "Transfer-Encoding: chunked\r\n", body: "0\r\n", then: .endless(Array("X-A: b\r\n".utf8)))),
        Case(
            "is in an encoding that nobody asked for",
            Answer(headers: "Content-Encoding: gzip\r\n", body: "\u{1F}garbage")),
        Case("leads to a file", Answer(status: "302 Found", headers: "Location: file:///etc/passwd\r\n")),
        Case("leads to gopher", Answer(status: "302 Found", headers: "Location: gopher://127.0.0.1:1/x\r\n")),
        Case("leads nowhere", Answer(status: "307 Temporary Redirect", headers: "Content-Length: 0\r\n")),
        Case("leads to itself", Answer(status: "302 Found", headers: "Location: \r\nContent-Length: 0\r\n")),
        Case("leads to no host", Answer(status: "302 Found", headers: "Location: http:///x\r\n")),
        Case("leads to a port of 2^16", Answer(status: "302 Found", headers: "Location: http://127.0.0.1:65536/x\r\n")),
        Case(
            "leads to a name with control characters",
            Answer(status: "302 Found", headers: "Location: http://\u{1B}[2J/\r\n")),
        Case(
            "wants a token from a file",
            Answer(status: "401 Unauthorized", headers: "WWW-Authenticate: Bearer realm=\"file:///etc/passwd\"\r\n")),
        Case(
            "wants a token from nobody",
            Answer(status: "401 Unauthorized", headers: "WWW-Authenticate: Bearer realm=\"\r\n")),
        Case(
            "waits for 2^64 seconds",
            Answer(
                status: "429 Too Many Requests", headers: "Retry-After: 18446744073709551616\r\nContent-Length: 0\r\n")),
        Case(
            "refuses with orders for a terminal",
            Answer(
                status: "403 Forbidden", headers: "Content-Type: application/json\r\n",
                body: #"{"errors":[{"code":"DENIED","message":"\u001b[2J\nimgtool: done\u001b[31m"}]}"#)),
        Case("refuses without end", Answer(status: "403 Forbidden", then: .endless(padding))),
    ]

    /// What is wrong with the answer to a request for a manifest or list.
    static let bodies = [
        Case("has no end", Answer(then: .endless(padding))),
        Case(
            "has no end, as digits of a number",
            Answer(body: "{\"a\":", then: .endless(Array("9".utf8) + Array(repeating: 0x39, count: 65_000)))),
        Case(
            "has no end of chunks",
            Answer(headers: "Transfer-Encoding: chunked\r\n", then: .endless(Array("1\r\n \r\n".utf8)))),
        Case("stops in its middle", Answer(headers: "Content-Length: 5000\r\n", body: "{", then: .silent)),
        Case("is not JSON", Answer(body: "\u{1B}]0;x\u{7}<html>")),
        Case("is a number", Answer(body: "1e999999999")),
        Case("is deep", Answer(body: String(repeating: "{\"a\":", count: 100_000))),
    ]

    private func refuses(
        _ answer: @escaping @Sendable (String, String) -> Answer?, _ work: (RegistryRepository) async throws -> Void
    ) async throws {
        try await RawServer.with(answer) { host, server in
            let client = try Client {
                $0.timeout = .seconds(1)
                $0.retry.attempts = 2
            }
            let repository = try client.repository(host, "app")
            let error = await #expect(throws: ImageError.self) { try await work(repository) }
            let text = error?.description ?? ""
            #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control }, "\(text)")
            #expect(text.utf8.count < 3000, "\(text)")
            #expect(!text.contains("root:x:0"))
            #expect(server.sentBytes < 128 << 20, "it was read to the end of time")
            #expect(server.requests < 100)
        }
    }

    @Test("to a request for a manifest", arguments: anything + bodies)
    func manifest(_ bad: Case) async throws {
        try await refuses({ _, _ in bad.answer }) { _ = try await $0.manifest(.tag("v1")) }
    }

    @Test("to a request for tags", arguments: anything + bodies)
    func tags(_ bad: Case) async throws {
        try await refuses({ _, _ in bad.answer }) { _ = try await $0.tags() }
    }

    private static let blob = Array("content".utf8)
    private static let descriptor = MemorySource.descriptor(of: blob)

    /// What is wrong with a blob, or with a part of it.
    static let blobs = [
        Case("has no end", Answer(then: .endless(padding))),
        Case("is longer than it says", Answer(headers: "Content-Length: 6\r\n", body: "content")),
        Case("is another of the same size", Answer(headers: "Content-Length: 7\r\n", body: "CONTENT")),
        Case("is too long", Answer(headers: "Content-Length: 8\r\n", body: "contents")),
        Case("is empty", Answer(headers: "Content-Length: 0\r\n")),
        Case("has no content", Answer(status: "204 No Content")),
        Case(
            "is a part that nobody asked for",
            Answer(
                status: "206 Partial Content", headers: "Content-Range: bytes 3-6/7\r\nContent-Length: 4\r\n",
                body: "tent")),
    ]

    @Test("to a request for a blob", arguments: anything + blobs)
    func blob(_ bad: Case) async throws {
        try await refuses({ _, _ in bad.answer }) { repository in
            _ = try await BlobContent(Self.descriptor, in: repository).bytes()
        }
    }

    /// Answers to the request for the rest of a blob whose first four bytes have come.
    static let rests = [
        Case(
            "is of another place",
            Answer(
                status: "206 Partial Content", headers: "Content-Range: bytes 0-2/7\r\nContent-Length: 3\r\n",
                body: "con")),
        Case(
            "is of another size",
            Answer(
                status: "206 Partial Content",
                headers: "Content-Range: bytes 4-6/9223372036854775807\r\nContent-Length: 3\r\n", body: "xxx")),
        Case(
            "runs backwards",
            Answer(
                status: "206 Partial Content", headers: "Content-Range: bytes 6-4/7\r\nContent-Length: 3\r\n",
                body: "xxx")),
        Case(
            "is of 2^64",
            Answer(
                status: "206 Partial Content",
                headers: "Content-Range: bytes 18446744073709551615-18446744073709551616/7\r\nContent-Length: 3\r\n",
                body: "xxx")),
        Case("is of no place", Answer(status: "206 Partial Content", headers: "Content-Length: 3\r\n", body: "xxx")),
        Case(
            "is refused",
            Answer(status: "416 Range Not Satisfiable", headers: "Content-Range: bytes */0\r\nContent-Length: 0\r\n")),
        Case("is something else", Answer(status: "200 OK", headers: "Content-Length: 7\r\n", body: "CONTENT")),
    ]

    @Test("to a request for the rest of a blob", arguments: rests)
    func rest(_ bad: Case) async throws {
        let first = Answer(headers: "Content-Length: 7\r\n", body: "cont")
        let isFirst = Once()
        try await refuses({ method, _ in isFirst.take() ? first : bad.answer }) { repository in
            _ = try await BlobContent(Self.descriptor, in: repository).bytes()
        }
    }

    /// What is wrong with the session of an upload.
    static let sessions = [
        Case("has no address", Answer(status: "202 Accepted", headers: "Content-Length: 0\r\n")),
        Case(
            "has a file's address",
            Answer(status: "202 Accepted", headers: "Location: file:///tmp/x\r\nContent-Length: 0\r\n")),
        Case("has no host", Answer(status: "202 Accepted", headers: "Location: http://\r\nContent-Length: 0\r\n")),
        Case(
            "has an address with a line break",
            Answer(status: "202 Accepted", headers: "Location: /x\u{B}\r\nRange: 9-3\r\nContent-Length: 0\r\n")),
        Case(
            "has a range of 2^64",
            Answer(
                status: "202 Accepted",
                headers: "Location: /x\r\nRange: 0-18446744073709551616\r\nContent-Length: 0\r\n")),
        Case(
            "wants pieces of 2^63-1",
            Answer(
                status: "202 Accepted",
                headers: "Location: /x\r\nOCI-Chunk-Min-Length: 9223372036854775807\r\nContent-Length: 0\r\n")),
        Case(
            "wants pieces of -1",
            Answer(status: "202 Accepted", headers: "Location: /x\r\nOCI-Chunk-Min-Length: -1\r\nContent-Length: 0\r\n")
        ),
    ]

    @Test("to an upload", arguments: anything + sessions)
    func upload(_ bad: Case) async throws {
        // Nobody looks at the body of an answer to a POST, and there is none to a HEAD.
        try await refuses({ method, _ in method == "POST" ? bad.answer : nil }) { repository in
            _ = try await repository.put(MemorySource.content(Self.blob), mountingFrom: nil)
        }
    }

    /// What a token service gets wrong.
    static let tokens = [
        Case("has no end", Answer(then: .endless(padding))),
        Case("is not JSON", Answer(body: "<html>")),
        Case("has no token", Answer(body: "{}")),
        Case("has a token of another type", Answer(body: #"{"token":{"a":1}}"#)),
        Case("has a token with a line break", Answer(body: #"{"token":"a\r\nX: b"}"#)),
        Case(
            "lives for 2^64 seconds, and is refused", Answer(body: #"{"token":"t","expires_in":18446744073709551616}"#)),
        Case(
            "leads elsewhere",
            Answer(status: "302 Found", headers: "Location: http://127.0.0.1:1/token\r\nContent-Length: 0\r\n")),
    ]

    @Test("of a token service", arguments: tokens)
    func token(_ bad: Case) async throws {
        try await RawServer.with({ _, _ in bad.answer }) { service, _ in
            let challenge =
                "WWW-Authenticate: Bearer realm=\"http://\(service)/token\",service=\"s\"\r\nContent-Length: 0\r\n"
            try await refuses({ _, _ in Answer(status: "401 Unauthorized", headers: challenge) }) {
                _ = try await $0.manifest(.tag("v1"))
            }
        }
    }
}

/// A thing that is there once.
private final class Once: Sendable {
    private let count = Guarded(0)

    func take() -> Bool {
        count.withLock { count in
            count += 1
            return count == 1
        }
    }
}
