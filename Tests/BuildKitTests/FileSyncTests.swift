import BuildKit
import Concurrency
import FileSystem
import Foundation
import GRPC
import TestKit
import Testing

@Suite("Files that a daemon asks for", .timeLimit(.minutes(5)))
struct FileSyncTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func receive(_ fields: HTTP2Field...) async throws -> FileExchange.Received {
        let result = Guarded(FileExchange.Received())
        let daemon = FakeDaemon { session, _ in
            let received = try await FileExchange.receive(session, [HTTP2Field("dir-name", "context")] + fields)
            result.withLock { $0 = received }
            return SolveResponse()
        }
        try await daemon.build([FileSyncService(["context": .folder(try OpenFolder(folder.path))])])
        return result.withLock { $0 }
    }

    @Test func `come in the order of bytes, folders before their content`() async throws {
        for name in ["b.x", "b/c", "b/a/z", "a", "B", "e\u{301}", "é", "b-"] { try folder.write(name, text: name) }
        let received = try await receive()
        #expect(
            received.paths.map { Array($0.utf8) }
                == ["B", "a", "b", "b/a", "b/a/z", "b/c", "b-", "b.x", "e\u{301}", "é"].map { Array($0.utf8) })
        #expect(received.content(of: "b/a/z") == Array("b/a/z".utf8))
        #expect(received.entries.allSatisfy { $0.uid == 0 && $0.gid == 0 })
    }

    @Test func `keep kinds, modes, times and links`() async throws {
        try folder.write("file", text: "x")
        #expect(chmod(folder.file("file"), 0o4751) == 0)
        #expect(symlink("/no/where", folder.file("link")) == 0)
        #expect(link(folder.file("file"), folder.file("other")) == 0)
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        #expect(mkdir(folder.file("sub"), 0o700) == 0)
        var times = [timespec(tv_sec: 1_000_000_000, tv_nsec: 123_456_789), timespec(tv_sec: -1, tv_nsec: 999_999_999)]
        #expect(utimensat(AT_FDCWD, folder.file("file"), &times, 0) == 0)
        let received = try await receive()
        #expect(received.paths == ["file", "link", "other", "pipe", "sub"])
        #expect(received.entries.map(\.kind) == [.file, .symbolicLink, .hardLink, .other, .folder])
        #expect(received.entries[0].permissions == 0o4751)
        #expect(received.entries[0].modified == -1)
        #expect(received.entries[1].link == Array("/no/where".utf8))
        #expect(received.entries[2].link == Array("file".utf8))
        #expect(received.contents.keys.sorted() == [0])
    }

    @Test func `come with any content, also none`() async throws {
        let large = (0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try folder.write("empty", [])
        try folder.write("large", large)
        for number in 0..<300 { try folder.write("many/\(number)", text: "\(number)") }
        let received = try await receive()
        #expect(received.content(of: "empty") == [])
        #expect(received.content(of: "large") == large)
        #expect((0..<300).allSatisfy { received.content(of: "many/\($0)") == Array("\($0)".utf8) })
    }

    @Test func `are only those that pass the filter, and the folders on the way`() async throws {
        for name in ["a/b/c", "a/b/d", "a/e", "f,g", "ä/h", "x/keep", "x/drop"] { try folder.write(name, text: "") }
        #expect(try await receive(HTTP2Field("include-patterns", "a/b/c")).paths == ["a", "a/b", "a/b/c"])
        #expect(try await receive(HTTP2Field("include-patterns", "f,g")).paths == ["f,g"])
        let encoded = try await receive(
            HTTP2Field("include-patterns", "%C3%A4/h"), HTTP2Field("include-patterns-encoded", "1"))
        #expect(encoded.paths == ["ä", "ä/h"])
        let excluded = try await receive(HTTP2Field("exclude-patterns", "*"), HTTP2Field("exclude-patterns", "!x/keep"))
        #expect(excluded.paths == ["x", "x/keep"])
        let both = try await receive(HTTP2Field("include-patterns", "a"), HTTP2Field("exclude-patterns", "**/d"))
        #expect(both.paths == ["a", "a/b", "a/b/c", "a/e"])
    }

    @Test func `include what links on a path lead to`() async throws {
        for name in ["real/deep/file", "other", "Dockerfile", "unrelated"] { try folder.write(name, text: "") }
        #expect(symlink("real/deep", folder.file("link")) == 0)
        #expect(symlink("/other", folder.file("absolute")) == 0)
        #expect(symlink("../../../real", folder.file("escape")) == 0)
        #expect(symlink("loop", folder.file("loop")) == 0)
        #expect(
            try await receive(HTTP2Field("followpaths", "link/file")).paths
                == ["link", "real", "real/deep", "real/deep/file"])
        #expect(try await receive(HTTP2Field("followpaths", "absolute")).paths == ["absolute", "other"])
        #expect(try await receive(HTTP2Field("followpaths", "abs*")).paths == ["absolute", "other"])
        #expect(
            try await receive(HTTP2Field("followpaths", "escape/deep")).paths
                == ["escape", "real", "real/deep", "real/deep/file"])
        #expect(try await receive(HTTP2Field("followpaths", "loop")).paths == ["loop"])
        let dockerfile = try await receive(
            HTTP2Field("followpaths", "Dockerfile"), HTTP2Field("followpaths", "missing"))
        #expect(dockerfile.paths == ["Dockerfile"])
    }

    @Test func `have hard links to the first name that is sent`() async throws {
        try folder.write("a", text: "content")
        #expect(link(folder.file("a"), folder.file("b")) == 0)
        #expect(link(folder.file("a"), folder.file("c")) == 0)
        let received = try await receive(HTTP2Field("exclude-patterns", "a"))
        #expect(received.entries.map(\.kind) == [.file, .hardLink])
        #expect(received.content(of: "b") == Array("content".utf8))
    }

    @Test func `may be in memory only`() async throws {
        let daemon = FakeDaemon { session, _ in
            let received = try await FileExchange.receive(session, [HTTP2Field("dir-name", "dockerfile")])
            #expect(received.paths == ["Dockerfile", "Dockerfile.dockerignore"])
            #expect(received.content(of: "Dockerfile") == Array("FROM a".utf8))
            return SolveResponse()
        }
        let files = SentFiles.memory(["Dockerfile.dockerignore": [], "Dockerfile": Array("FROM a".utf8)])
        try await daemon.build([FileSyncService(["dockerfile": files])])
    }

    @Test func `that are unknown, or cannot be read, are errors of the build`() async throws {
        let files = FileSyncService(["context": .folder(try OpenFolder(folder.path))])
        try folder.write("file", text: "x")
        let unknown = await #expect(throws: BuildKitError.self) {
            try await FakeDaemon { session, _ in
                _ = try await FileExchange.receive(session, [HTTP2Field("dir-name", "nothing")])
                return SolveResponse()
            }.build([files])
        }
        #expect(unknown?.code == .notFound)
        let folder = folder
        let vanished = await #expect(throws: BuildKitError.self) {
            try await FakeDaemon { session, _ in
                let call = try session.call(FileExchange.sync, metadata: [HTTP2Field("dir-name", "context")])
                while try await call.next(FilePacket.self)?.entry != nil {}
                try FileManager.default.removeItem(atPath: folder.file("file"))
                try await call.send(FilePacket(.request))
                while let packet = try await call.next(FilePacket.self) { #expect(packet.kind == .error) }
                return SolveResponse()
            }.build([files])
        }
        #expect(vanished?.text.hasPrefix("cannot read") == true)
    }
}
