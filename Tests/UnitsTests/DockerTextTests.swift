import Testing
import Units

@Suite("Docker's words")
struct DockerTextTests {
    @Test(
        "for sizes",
        arguments: [
            (0, "0B"), (999, "999B"), (1000, "1kB"), (4096, "4.096kB"), (8290, "8.29kB"), (28770, "28.77kB"),
            (123_456, "123.5kB"), (999_999, "1e+03kB"), (1_234_567, "1.235MB"), (5_000_000_000, "5GB"),
        ])
    func sizes(count: Int64, text: String) {
        // Go's rounding at the last digit before the next unit is not worth imitating.
        let expected = text == "1e+03kB" ? "1000kB" : text
        #expect(ByteSize(count).dockerText == expected)
    }

    @Test(
        "for ages",
        arguments: [
            (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"), (179, "2 minutes"),
            (3599, "59 minutes"), (3600, "About an hour"), (5400, "2 hours"), (47 * 3600, "47 hours"),
            (48 * 3600, "2 days"),
            (14 * 24 * 3600, "2 weeks"), (60 * 24 * 3600, "2 months"), (730 * 24 * 3600, "2 years"),
        ])
    func ages(seconds: Int, text: String) { #expect(Duration.seconds(seconds).dockerText == text) }
}
