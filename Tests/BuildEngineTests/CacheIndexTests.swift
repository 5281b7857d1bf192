import BuildEngine
import Concurrency
import OCI
import TestKit
import Testing

@Suite("The index of the build cache")
struct CacheIndexTests {
    private static func digest(_ text: String) -> Digest { Digest(of: Array(text.utf8)) }

    /// Does as a build does: writes what it has learned of trees in transactions, and layers one by one.
    private static func write(_ number: Int, to index: CacheIndex) throws {
        let facts = Dictionary(uniqueKeysWithValues: (0..<20).map { ("path /\($0)", "file") })
        for name in ["below", "above"] {
            try index.record(facts, of: digest("\(name) \(number)"))
            _ = try index.recordLayer(digest("\(name) \(number)"), times: nil, now: Int64(number))
        }
    }

    private static func check(_ numbers: Range<Int>, in index: CacheIndex) throws {
        for name in ["below", "above"] {
            for number in numbers {
                #expect(try index.layer(digest("\(name) \(number)")) == Int64(number))
                #expect(try index.facts(of: digest("\(name) \(number)")).count == 20)
            }
        }
    }

    @Test func `keeps what many threads write at once, in transactions and without`() async throws {
        try await TemporaryFolder.with { folder in
            let index = try CacheIndex(folder.file("cache.db"))
            _ = try await (0..<200).concurrentMap(limit: 32) { number in
                try await OwnThread.run { try Self.write(number, to: index) }
            }
            try Self.check(0..<200, in: index)
        }
    }

    @Test func `is made once where many open it at the same moment`() async throws {
        try await TemporaryFolder.with { folder in
            for round in 0..<10 {
                let path = folder.file("cache-\(round).db")
                _ = try await (0..<8).concurrentMap(limit: 8) { number in
                    try await OwnThread.run { try Self.write(number, to: CacheIndex(path)) }
                }
                try Self.check(0..<8, in: try CacheIndex(path))
            }
        }
    }
}
