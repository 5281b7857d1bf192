import Testing
import Units

@Suite("Times in RFC 3339")
struct RFC3339Tests {
    @Test(
        "are written in UTC, and read back",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1_700_000_000, "2023-11-14T22:13:20Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] as [(Int64, String)])
    func times(_ seconds: Int64, _ text: String) {
        #expect(RFC3339.text(seconds: seconds) == text)
        #expect(RFC3339.seconds(text) == seconds)
    }

    @Test func `have milliseconds where they are asked for`() {
        #expect(RFC3339.text(milliseconds: 1_700_000_000_007) == "2023-11-14T22:13:20.007Z")
    }

    @Test(
        "may have a zone and a fraction, or be a number of seconds",
        arguments: [
            ("2023-11-14T23:13:20+01:00", 1_700_000_000), ("2023-11-14T22:13:20.5Z", 1_700_000_000),
            ("1700000000", 1_700_000_000), ("2023-02-29T00:00:00Z", nil), ("2023-11-14", nil), ("soon", nil),
            ("-1", nil), ("10000-01-01T00:00:00Z", nil),
        ] as [(String, Int64?)])
    func parsing(_ text: String, _ seconds: Int64?) {
        #expect(RFC3339.seconds(text) == seconds)
    }
}
