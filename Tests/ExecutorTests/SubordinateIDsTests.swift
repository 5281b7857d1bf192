import Testing

@testable import Executor

@Suite("Subordinate ids")
struct SubordinateIDsTests {
    private static let text = """
        other:100000:65536
        # comment
        builder:200000:10
        1000:300000:5
        builder:broken:1
        builder:400000:0
        """

    @Test func `are those that a user has by name or by number`() {
        let ids = SubordinateIDs(Self.text)
        #expect(ids.ranges(of: "builder", 1000) == [.init(first: 200_000, count: 10), .init(first: 300_000, count: 5)])
        #expect(ids.ranges(of: "nobody", 65534) == [])
    }

    @Test func `follow each other in a namespace, behind root`() {
        let ranges = SubordinateIDs(Self.text).ranges(of: "builder", 1000)
        #expect(
            SubordinateIDs.mapping(root: 1000, ranges)
                == ["0", "1000", "1", "1", "200000", "10", "11", "300000", "5"])
    }

    @Test func `are proposed where nobody has them`() {
        #expect(SubordinateIDs("").free == .init(first: 100_000, count: 65_536))
        #expect(SubordinateIDs(Self.text).free == .init(first: 300_005, count: 65_536))
    }
}
