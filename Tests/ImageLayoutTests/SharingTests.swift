import Concurrency
import FileSystem
import OCI
import TestKit
import Testing

@testable import ImageLayout

@Suite struct SharingTests {
    let folder: TemporaryFolder
    var path: String { folder.file("layout") }

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func manyWritersLoseNoTag() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<16 {
                group.addTask { [path] in
                    try await LayoutStore(path: path).put(sampleManifest(number), as: .tag("v\(number)"))
                }
            }
            try await group.waitForAll()
        }
        let layout = LayoutStore(path: path)
        #expect(try await layout.tags().count == 16)
        for number in 0..<16 {
            #expect(try await layout.manifest(.tag("v\(number)")).digest == sampleManifest(number).digest)
        }
        #expect(try layout.leftovers() == [])
    }

    @Test func aReaderSeesWholeIndexesOnly() async throws {
        let layout = LayoutStore(path: path)
        try await layout.put(sampleManifest(), as: .tag("v0"))
        async let writes: Void = {
            for number in 1..<40 { try await layout.put(sampleManifest(number), as: .tag("v\(number)")) }
        }()
        var seen = 1
        while seen < 40 {
            let count = try await LayoutStore(path: path).tags().count
            #expect(count >= seen)
            seen = count
            await Task.yield()
        }
        try await writes
    }

    @Test func aBlobThatManyWantIsFetchedOnce() async throws {
        let bytes = sampleBytes(200_000)
        let source = ScriptedSource(content: bytes)
        let placements = try await withThrowingTaskGroup(of: BlobPlacement.self) { group in
            for _ in 0..<8 {
                group.addTask { [path] in
                    try await LayoutStore(path: path).put(
                        BlobContent(blobDescriptor(bytes), in: source), mountingFrom: nil)
                }
            }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(placements == [.written: 1, .existed: 7])
        #expect(source.offsets.withLock { $0 } == [0])
        #expect(try LayoutStore(path: path).leftovers() == [])
    }

    @Test func anotherProcessThatWritesIsWaitedForAndThatIsSaid() async throws {
        try await LayoutStore(path: path).put(sampleManifest(), as: .tag("v1"))
        let holder = try LockHolder(of: path)
        let said = Guarded<[String]>([])
        let layout = LayoutStore(path: path) { text in
            said.withLock { $0.append(text) }
            holder.kill()
        }
        try await layout.put(sampleManifest(), as: .tag("v2"))
        #expect(said.withLock { $0 } == ["waiting for another process that is writing \(path)"])
        #expect(try await layout.tags() == ["v1", "v2"])
    }

    @Test func anotherProcessIsNotWaitedForForever() async throws {
        let layout = LayoutStore(path: path, timeout: .milliseconds(20))
        try await layout.put(sampleManifest(), as: .tag("v1"))
        let holder = try LockHolder(of: path)
        defer { holder.kill() }
        #expect(try await layout.tags() == ["v1"])
        let error = await #expect(throws: ImageError.self) { try await layout.put(sampleManifest(), as: .tag("v2")) }
        let text = "\(try #require(error))"
        #expect(text.contains("another process is holding its lock; wait for that process or end it"), "\(text)")
    }
}
