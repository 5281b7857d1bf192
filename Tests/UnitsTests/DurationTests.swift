import Testing
import Units

@Suite("Durations")
struct DurationTests {
    @Test(
        "are read as Go reads them",
        arguments: [
            ("1h", 3_600_000_000_000), ("1.5s", 1_500_000_000), ("1.s", 1_000_000_000), (".5s", 500_000_000), ("0", 0),
            ("-1s", -1_000_000_000), ("+2ms", 2_000_000), ("1us", 1000), ("1µs", 1000), ("3ns", 3),
            ("1m1s", 61_000_000_000),
            ("1", nil), ("", nil), ("s", nil), ("1x", nil), (".s", nil), ("1 s", nil), ("-", nil), ("1..5s", nil),
            ("99999999999h", nil),
        ] as [(String, Int64?)])
    func goDurations(_ text: String, _ nanoseconds: Int64?) {
        #expect(Duration(goDuration: text)?.nanoseconds == nanoseconds)
    }

    @Test(
        "are written as Go writes them",
        arguments: [
            (0, "0s"), (1, "1ns"), (1500, "1.5µs"), (1000, "1µs"), (2_500_000, "2.5ms"), (999_999_999, "999.999999ms"),
            (1_000_000_000, "1s"), (1_500_000_000, "1.5s"), (60_000_000_000, "1m0s"), (90_000_000_000, "1m30s"),
            (3_600_000_000_000, "1h0m0s"), (4_530_918_000_000, "1h15m30.918s"), (-1_000_000_000, "-1s"),
        ] as [(Int64, String)])
    func goTexts(_ nanoseconds: Int64, _ text: String) {
        #expect(Duration.nanoseconds(nanoseconds).goText == text)
        #expect(Duration(goDuration: text)?.nanoseconds == nanoseconds)
    }

    @Test(
        "are shown in few letters",
        arguments: [
            (-1, "0.0s"), (0.44, "0.4s"), (9.94, "9.9s"), (9.96, "10s"), (59.4, "59s"), (59.6, "1m00s"), (185, "3m05s"),
            (7800, "2h10m"), (1e300, "99h59m"),
        ])
    func durations(_ seconds: Double, _ text: String) {
        #expect(Duration.text(seconds: seconds) == text)
    }

    @Test(
        "of the command line have units, a bare number is seconds",
        arguments: [
            ("500ms", .milliseconds(500)), ("3s", .seconds(3)), ("90", .seconds(90)), ("1.5m", .seconds(90)),
            ("1h30m", .seconds(5400)), ("7d", .seconds(604_800)),
            ("9999999999999d", .milliseconds(100_000_000_000_000)),
            ("", nil), ("s", nil), ("3x", nil), ("-1s", nil), ("1 s", nil),
        ] as [(String, Duration?)])
    func parsing(_ text: String, _ duration: Duration?) {
        #expect(Duration(parsing: text) == duration)
    }
}
