import Terminal
import Testing

@Suite("Text for people")
struct LayoutTests {
    @Test(
        "Sizes have three significant digits in decimal units",
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

    @Test("Fields have their values in one column, one space behind the longest name")
    func fields() {
        let list = FieldList([
            ("Name", "docker.io/library/alpine:3"), ("MediaType", "application/json"), ("Digest", ""),
        ])
        #expect(
            list.text == """
                Name:      docker.io/library/alpine:3
                MediaType: application/json
                Digest:

                """)
        #expect(
            FieldList([("A", "1\n\n2"), ("Größe", "3")], indent: 2).lines == [
                "  A:     1", "  ", "         2", "  Größe: 3",
            ])
        #expect(FieldList([]).text.isEmpty)
    }

    @Test("Tables have aligned columns, two spaces between them and none at the ends of lines")
    func tables() {
        var table = TextTable([.init("PLATFORM"), .init("SIZE", .right), .init("NOTE")])
        table.append(["linux/amd64", "1.3 MB", "ok"])
        table.append(["linux/arm/v7", "12 B"])
        table.append(["鯨", "", "wide"])
        #expect(
            table.text == """
                PLATFORM        SIZE  NOTE
                linux/amd64   1.3 MB  ok
                linux/arm/v7    12 B
                鯨                    wide

                """)
        #expect(
            TextTable([.init(""), .init("")], rows: [["a", "b", "c"], ["dd", "e"]]).lines == ["a   b", "dd  e"])
        #expect(TextTable([.init("EMPTY")]).lines == ["EMPTY"])
    }
}
