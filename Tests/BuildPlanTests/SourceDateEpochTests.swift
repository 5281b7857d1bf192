import BuildPlan
import DockerfileLanguage
import OCI
import Testing

@Suite("SOURCE_DATE_EPOCH")
struct SourceDateEpochTests {
    private func request(_ text: String, given: String? = nil) throws -> BuildRequest {
        var request = BuildRequest(
            dockerfile: try Dockerfile(parsing: text.utf8), platforms: [Platform(os: "linux", architecture: "amd64")],
            contexts: ["docs": .folder, "base": .image("alpine")])
        request.arguments["SOURCE_DATE_EPOCH"] = given
        return request
    }

    @Test(
        "is a number, or has none",
        arguments: [
            ("FROM scratch", "1500000000", .seconds(1_500_000_000)), ("FROM scratch", "0", .seconds(0)),
            ("FROM scratch", nil, .notGiven), ("FROM scratch", "", .notGiven),
            ("ARG SOURCE_DATE_EPOCH=15\nFROM scratch", nil, .seconds(15)),
            ("ARG SOURCE_DATE_EPOCH=15\nFROM scratch", "16", .seconds(16)),
            ("ARG A=1\nARG SOURCE_DATE_EPOCH=${A}5\nFROM scratch", nil, .seconds(15)),
            ("ARG SOURCE_DATE_EPOCH\nFROM scratch", nil, .notGiven),
            ("FROM scratch\nARG SOURCE_DATE_EPOCH=15", nil, .notGiven),
            ("FROM scratch", "context", .timeless("context")), ("FROM scratch", "docs", .timeless("docs")),
            ("FROM scratch", "base", .timeless("base")),
        ] as [(String, String?, SourceDateEpoch)])
    func values(_ text: String, _ given: String?, _ expected: SourceDateEpoch) throws {
        #expect(try request(text, given: given).sourceDateEpoch() == expected)
    }

    @Test(
        "is the time of what a stage adds",
        arguments: [
            "FROM scratch AS time\nADD http://h/f /", "FROM scratch AS Time\nARG H=h\nADD http://$H/f /",
            "ARG H=h B=scratch\nFROM $B AS time\nADD http://$H/f /x", "FROM scratch AS time\nADD --link http://h/f /",
        ])
    func stages(_ text: String) throws {
        guard case .file(let url, let checksum, _) = try request(text, given: "time").sourceDateEpoch() else {
            Issue.record("it is not a file")
            return
        }
        #expect(url == "http://h/f")
        #expect(checksum == nil)
    }

    @Test("is the time of a file with a checksum")
    func checksum() throws {
        let text = "FROM scratch AS time\nARG C=1\nADD --checksum=sha256:$C http://h/f /"
        guard case .file(_, let checksum, let range) = try request(text, given: "time").sourceDateEpoch() else {
            Issue.record("it is not a file")
            return
        }
        #expect(checksum == "sha256:1")
        #expect(range.start.line == 3)
    }

    @Test(
        "is refused where it is nothing of these",
        arguments: [
            ("FROM scratch", "soon", "cannot use SOURCE_DATE_EPOCH=soon: it is neither a number of seconds since 1970"),
            ("FROM scratch", "1.5", "cannot use SOURCE_DATE_EPOCH=1.5: it is neither a number"),
            ("FROM scratch", "-1", "cannot use SOURCE_DATE_EPOCH=-1: it is not a number of seconds since 1970"),
            (
                "FROM alpine AS t\nADD http://h/f /", "t",
                "Dockerfile:1:1: the stage t gives no SOURCE_DATE_EPOCH: it is not"
            ),
            ("FROM scratch AS t", "t", "Dockerfile:1:1: the stage t gives no SOURCE_DATE_EPOCH: it adds nothing"),
            ("FROM scratch AS t\nCOPY a /", "t", "Dockerfile:2:1: the stage t gives no SOURCE_DATE_EPOCH: it has more"),
            (
                "FROM scratch AS t\nADD http://h/f /\nADD http://h/g /", "t",
                "Dockerfile:3:1: the stage t gives no SOURCE_DATE_EPOCH: it has more than ARG and one ADD"
            ),
            (
                "FROM scratch AS t\nADD a b /", "t",
                "Dockerfile:2:1: the stage t gives no SOURCE_DATE_EPOCH: it does not"
            ),
            ("FROM scratch AS t\nADD a /", "t", "Dockerfile:2:5: the stage t gives no SOURCE_DATE_EPOCH: it does not"),
            (
                "FROM scratch AS t\nADD http://h/.git /", "t",
                "Dockerfile:2:5: the stage t gives no SOURCE_DATE_EPOCH: Git repositories cannot be fetched yet"
            ),
        ] as [(String, String, String)])
    func refused(_ text: String, _ given: String, _ message: String) throws {
        let error = #expect(throws: (any Error).self) { try request(text, given: given).sourceDateEpoch() }
        #expect(error.map { "\($0)".hasPrefix(message) } == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test(
        "is a number for steps that declare it, however it was found",
        arguments: [
            (true, "FROM alpine\nARG SOURCE_DATE_EPOCH\nRUN x", 7, ["SOURCE_DATE_EPOCH=7"]),
            (true, "FROM alpine\nARG SOURCE_DATE_EPOCH\nRUN x", nil, []),
            (false, "ARG SOURCE_DATE_EPOCH=t\nFROM alpine\nARG SOURCE_DATE_EPOCH\nRUN x", 7, ["SOURCE_DATE_EPOCH=7"]),
            (false, "ARG SOURCE_DATE_EPOCH=t\nFROM alpine\nARG SOURCE_DATE_EPOCH\nRUN x", nil, []),
            (
                false, "ARG SOURCE_DATE_EPOCH=t\nFROM alpine\nARG SOURCE_DATE_EPOCH=5\nRUN x", 7,
                ["SOURCE_DATE_EPOCH=5"]
            ),
            (true, "FROM alpine\nRUN x", 7, []),
        ] as [(Bool, String, Int64?, [String])])
    func settled(_ isGiven: Bool, _ text: String, _ seconds: Int64?, _ expected: [String]) async throws {
        let plan = try await plan(text) {
            if isGiven { $0.arguments["SOURCE_DATE_EPOCH"] = "t" }
            $0 = $0.settling(epoch: seconds)
        }
        #expect(plan.environments[0] == expected)
    }
}
