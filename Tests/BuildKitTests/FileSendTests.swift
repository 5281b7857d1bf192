import BuildKit
import Concurrency
import FileSystem
import Foundation
import GRPC
import TestKit
import Testing

@Suite("Files that a daemon sends", .timeLimit(.minutes(5)))
struct FileSendTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func send(_ entries: [FileEntry], _ contents: [String: [UInt8]] = [:]) async throws {
        let folder = try OpenFolder(folder.path)
        try await FakeDaemon { session, _ in
            try await FileExchange.send(session, entries, contents)
            return SolveResponse()
        }.build([FileSendService([0: .folder(folder, leftOut: { #expect($0 == 1) })])])
    }

    @Test func `are written with modes, times and links`() async throws {
        try folder.write("kept", text: "kept")
        try folder.write("d/old", text: "old")
        try folder.write("d/replaced", text: "old")
        let content = (0..<50_000).map { UInt8(truncatingIfNeeded: $0) }
        try await send(
            [
                FileEntry("d", FileEntry.folder | 0o751), FileEntry("d/hard", link: "d/replaced"),
                FileEntry("d/l", FileEntry.symbolicLink | 0o777, link: "replaced"),
                FileEntry("d/replaced", 0o640 | 1 << 23),
                FileEntry("device", FileEntry.device | 0o666), FileEntry("empty"),
            ].filter { $0.path != Array("d/hard".utf8) } + [FileEntry("hard", link: "d/replaced")],
            ["d/replaced": content])
        #expect(folder.files() == ["d/l", "d/old", "d/replaced", "empty", "hard", "kept"])
        #expect(try folder.bytes("hard") == content)
        var status = stat()
        #expect(stat(folder.file("d/replaced"), &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o640)
        #expect(status.st_mtim.tv_nsec == 123_456_789)
        #expect(stat(folder.file("d"), &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o751)
        #expect(status.st_mtim.tv_sec == 1_700_000_000)
    }

    @Test(arguments: [
        ["../x"], ["/x"], ["a/../x"], ["."], [""], ["a"], ["d/"], ["d//x"], ["b", "a"], ["a", "a"], ["x\0y"],
    ])
    func `are refused at paths that are unclean, or out of order`(paths: [String]) async throws {
        let entries = paths.map { FileEntry($0) }
        let missing = paths == ["a"] ? [FileEntry("a/b")] : entries
        await #expect(throws: BuildKitError.self) { try await send(missing) }
        #expect(folder.files() == [] || paths.first == "a" || paths.first == "b")
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/../x"))
    }

    @Test func `never go through a symbolic link`() async throws {
        let elsewhere = try TemporaryFolder()
        await #expect(throws: BuildKitError.self) {
            try await send(
                [FileEntry("l", FileEntry.symbolicLink | 0o777, link: elsewhere.path), FileEntry("l/x")], ["l/x": [1]])
        }
        #expect(symlink(elsewhere.path, folder.file("m")) == 0)
        try await send([FileEntry("m", FileEntry.folder | 0o755), FileEntry("m/x")], ["m/x": [1]])
        #expect(elsewhere.files() == [])
        #expect(try folder.bytes("m/x") == [1])
    }

    @Test func `are refused as content of nothing, or as links to nothing`() async throws {
        let folder = try OpenFolder(folder.path)
        let service = FileSendService([0: .folder(folder, leftOut: { _ in })])
        await #expect(throws: BuildKitError.self) {
            try await FakeDaemon { session, _ in
                let call = try session.call(FileExchange.send)
                try await call.send(FilePacket(.data, id: 3, data: [1]))
                while try await call.next() != nil {}
                return SolveResponse()
            }.build([service])
        }
        await #expect(throws: BuildKitError.self) { try await send([FileEntry("a", link: "/etc/passwd")]) }
    }

    @Test func `that break off leave no half file`() async throws {
        let folder = try OpenFolder(folder.path)
        await #expect(throws: BuildKitError.self) {
            try await FakeDaemon { session, _ in
                let call = try session.call(FileExchange.send)
                try await call.send(FilePacket(FileEntry("a")))
                _ = try await call.next()
                try await call.send(FilePacket(.data, data: [1]))
                call.finish()
                while try await call.next() != nil {}
                return SolveResponse()
            }.build([FileSendService([0: .folder(folder, leftOut: { _ in })])])
        }
        #expect(self.folder.files() == [])
    }

    @Test func `as an archive reach its reader, with health checks in between, however slow it is`() async throws {
        let health = "/grpc.health.v1.Health/Check"
        let sizes = Guarded(0)
        let service = FileSendService([
            1: .archive { stream in
                while let piece = try await stream.next() {
                    sizes.withLock { $0 += piece.count }
                    for _ in 0..<20 { await Task.yield() }
                }
            }
        ])
        try await FakeDaemon { session, _ in
            let call = try session.call(
                FileExchange.send, metadata: [HTTP2Field("buildkit-attachable-exporter-id", "1")])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<3000 { try await call.send(BytesMessage([UInt8](repeating: 1, count: 32 << 10))) }
                    call.finish()
                    while try await call.next() != nil {}
                }
                for _ in 0..<100 { _ = try await session.ask(health, EmptyMessage(), for: EmptyMessage.self) }
                try await group.waitForAll()
            }
            return SolveResponse()
        }.build([service])
        #expect(sizes.withLock { $0 } == 3000 << 15)
    }
}
