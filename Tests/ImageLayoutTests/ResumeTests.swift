import Concurrency
import FileSystem
import OCI
import TestKit
import Testing

@testable import ImageLayout

@Suite struct ResumeTests {
    let folder: TemporaryFolder
    let layout: LayoutStore
    let bytes = sampleBytes(10_500)
    var descriptor: Descriptor { blobDescriptor(bytes) }

    init() throws {
        folder = try TemporaryFolder()
        layout = LayoutStore(path: folder.file("layout"))
    }

    func put(from source: ScriptedSource) async throws -> BlobPlacement {
        try await layout.put(BlobContent(descriptor, in: source), mountingFrom: nil)
    }

    func leave(_ bytes: [UInt8]) async throws {
        try await layout.prepare()
        try File.replace(layout.partialPath(descriptor.digest), with: bytes)
    }

    @Test(arguments: [1, 1000, 4321, 10_499])
    func whatAKilledProcessLeftIsNotFetchedAgain(count: Int) async throws {
        try await leave(Array(bytes[..<count]))
        let source = ScriptedSource(content: bytes)
        #expect(try await put(from: source) == .written)
        #expect(source.offsets.withLock { $0 } == [Int64(count)])
        #expect(try File.read(layout.blobPath(descriptor.digest), limit: bytes.count) == bytes)
        #expect(try layout.leftovers() == [])
    }

    @Test func aCompleteLeftoverIsNotFetchedAtAll() async throws {
        try await leave(bytes)
        let source = ScriptedSource(content: bytes)
        #expect(try await put(from: source) == .written)
        #expect(source.offsets.withLock { $0 } == [])
        #expect(try layout.has(descriptor))
    }

    @Test(arguments: [(500, [500, 0]), (10_500, [10_500, 0]), (20_000, [0])])
    func aWrongLeftoverIsDroppedAndTheBlobFetchedOnce(count: Int, offsets: [Int64]) async throws {
        try await leave(sampleBytes(count, seed: 9))
        let source = ScriptedSource(content: bytes)
        #expect(try await put(from: source) == .written)
        #expect(source.offsets.withLock { $0 } == offsets)
        #expect(try File.read(layout.blobPath(descriptor.digest), limit: bytes.count) == bytes)
    }

    @Test func aBrokenConnectionCostsOnlyWhatIsMissing() async throws {
        let source = ScriptedSource(content: bytes, breaks: [4000])
        await #expect(throws: ImageError.self) { try await put(from: source) }
        #expect(try !layout.has(descriptor))
        #expect(try await put(from: source) == .written)
        #expect(source.offsets.withLock { $0 } == [0, 4000])
        #expect(try layout.leftovers() == [])
    }

    @Test func nothingStaysOfWhatBrokeBeforeItBegan() async throws {
        await #expect(throws: ImageError.self) { try await put(from: ScriptedSource(content: bytes, breaks: [0])) }
        #expect(try layout.leftovers() == [])
    }

    @Test func nothingStaysOfWhatWasCancelled() async throws {
        let source = ScriptedSource(content: bytes, breaks: [4000], breaking: CancellationError())
        await #expect(throws: CancellationError.self) { try await put(from: source) }
        #expect(try layout.leftovers() == [])
    }

    @Test func whoWaitsForAWriterThatIsKilledGoesOnFromThere() async throws {
        try await layout.prepare()
        let head = folder.file("head")
        try File.replace(head, with: Array(bytes[..<4321]))
        let partial = layout.partialPath(descriptor.digest)
        let writer = try LockHolder(of: partial, after: "cat \(head) > \(partial)")
        let source = ScriptedSource(content: bytes)
        async let placement = put(from: source)
        #expect(try await layout.tags() == [])
        writer.kill()
        #expect(try await placement == .written)
        #expect(source.offsets.withLock { $0 } == [4321])
        #expect(try layout.leftovers() == [])
    }
}
