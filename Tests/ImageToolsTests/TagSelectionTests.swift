import ImageTools
import Testing

@Suite("Versions and selections of tags")
struct TagSelectionTests {
    @Test func `are ordered as semver.org says`() {
        let tags = [
            "latest", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11",
            "1.0.0-rc.1", "1.0.0", "v1.2", "1.10", "2",
        ]
        #expect(TagSelection.sorted(tags.shuffled()) == tags)
        for tag in ["", "latest", "1.2.3.4", "1.a", "-1", "1..2", "1.0-", "+1"] { #expect(SemanticVersion(tag) == nil) }
    }

    @Test(
        "are in ranges",
        arguments: [
            (">=1.2 <2", ["1.2", "1.9.9"], ["1.1.9", "2.0", "2.0.0-rc.1", "1.5.0-rc.1"]),
            (">= 1.2, < 2", ["1.2"], ["2.0"]), ("~1.4", ["1.4", "1.4.9"], ["1.5", "1.3"]),
            ("~1.4.2", ["1.4.2", "1.4.9"], ["1.4.1", "1.5.0"]), ("~1", ["1.9"], ["2.0"]),
            ("^1.2.3", ["1.2.3", "1.9"], ["1.2.2", "2.0"]), ("^0.2.3", ["0.2.9"], ["0.3.0"]),
            ("^0.0.3", ["0.0.3"], ["0.0.4"]),
            ("1.x", ["1.0", "v1.9"], ["2.0"]), ("1.2.*", ["1.2.9"], ["1.3"]), ("*", ["0.1", "9"], ["1.0.0-rc.1"]),
            ("1.2 - 1.4", ["1.2", "1.4.9"], ["1.5", "1.1"]), ("1.x || >=3", ["1.5", "3.0", "4"], ["2.0"]),
            ("=1.2.3", ["1.2.3", "v1.2.3"], ["1.2.4"]), ("1.2", ["1.2.9"], ["1.3"]), (">1.2", ["1.3"], ["1.2.9"]),
            ("<=1.2", ["1.2.9"], ["1.3"]), ("!=1.5.0", ["1.4"], ["1.5.0"]),
            (">=1.0.0-rc.1", ["1.0.0-rc.2", "1.0"], ["1.0.0-beta"]),
        ])
    func ranges(text: String, inside: [String], outside: [String]) throws {
        let range = try VersionRange(text)
        for tag in inside { #expect(range.contains(try #require(SemanticVersion(tag))), "\(tag) in \(text)") }
        for tag in outside { #expect(!range.contains(try #require(SemanticVersion(tag))), "\(tag) in \(text)") }
    }

    @Test("refuse what is no range", arguments: ["", "x.1", ">=", "abc", "1.2 -", "1.2.3.4", "=>>1"])
    func refusal(text: String) {
        #expect(throws: (any Error).self) { try VersionRange(text) }
    }

    @Test func `choose by expression, range and number`() throws {
        let tags = ["1.0", "1.1", "1.2", "2.0", "2.1-alpine", "edge", "latest"]
        var selection = TagSelection()
        #expect(selection.isEverything && selection.choose(from: tags) == tags)
        selection.allowed = [try TagPattern("^1[.]"), try TagPattern(whole: "edge")]
        #expect(selection.choose(from: tags) == ["1.0", "1.1", "1.2", "edge"])
        selection.denied = [try TagPattern("1$")]
        #expect(selection.choose(from: tags) == ["1.0", "1.2", "edge"])
        selection.newest = 1
        #expect(selection.choose(from: tags) == ["1.2"])
        selection = TagSelection()
        selection.versions = [try VersionRange(">=1.1 <2")]
        #expect(selection.choose(from: tags) == ["1.1", "1.2"])
        #expect(throws: (any Error).self) { try TagPattern("(") }
    }
}
