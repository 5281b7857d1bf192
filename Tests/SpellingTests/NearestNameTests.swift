import Spelling
import Testing

@Suite("A name that somebody may have meant")
struct NearestNameTests {
    @Test(
        "is the one with the fewest slips",
        arguments: [
            ("inspct", "inspect"), ("inpsect", "inspect"), ("INSPECT", "inspect"), ("creat", "create"),
            ("copyy", "copy"), ("insp", "inspect"), ("cre", "create"),
        ])
    func nearest(text: String, name: String) {
        #expect(NearestName.of(text, in: ["copy", "create", "inspect"]) == name)
    }

    @Test("is none when the text is something else", arguments: ["", "x", "xy", "delete", "inspector general"])
    func none(text: String) {
        #expect(NearestName.of(text, in: ["copy", "create", "inspect"]) == nil)
    }

    @Test("is the first of equals, whatever the order of slips")
    func first() {
        #expect(NearestName.of("bat", in: ["cat", "hat"]) == "cat")
        #expect(NearestName.advice("bat", in: ["cat", "hat"]) == "did you mean cat?")
    }
}
