import Terminal
import Testing

@Suite("Text for people")
struct LayoutTests {
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
