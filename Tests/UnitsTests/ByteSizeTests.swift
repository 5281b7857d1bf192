import Testing
import Units

@Suite("Sizes")
struct ByteSizeTests {
    @Test(
        "have three significant digits in decimal units",
        arguments: [
            (0, "0 B"), (1, "1 B"), (512, "512 B"), (999, "999 B"), (1000, "1 kB"), (1234, "1.23 kB"),
            (1235, "1.24 kB"),
            (12_345, "12.3 kB"), (123_456, "123 kB"), (999_499, "999 kB"), (999_500, "1 MB"), (1_300_000, "1.3 MB"),
            (45_600_000, "45.6 MB"), (99_950_000, "100 MB"), (1_000_000_000, "1 GB"), (2_500_000_000_000, "2.5 TB"),
            (7_000_000_000_000_000, "7 PB"), (Int64.max, "9.22 EB"), (Int64.min, "-9.22 EB"), (-1500, "-1.5 kB"),
        ] as [(Int64, String)])
    func sizes(_ count: Int64, _ text: String) {
        #expect(ByteSize(count).description == text)
    }

    @Test(
        "are read with units that are powers of 1024",
        arguments: [
            ("512", 512), ("64m", 64 << 20), ("1.5GB", 3 << 29), ("2GiB", 2 << 30), ("1 k", 1024), ("7b", 7),
            ("", nil), ("m", nil), ("1x", nil), ("-1", nil), ("1e3", nil), ("9999999p", nil),
        ] as [(String, Int64?)])
    func parsing(_ text: String, _ count: Int64?) {
        #expect(ByteSize(parsing: text)?.count == count)
    }
}
