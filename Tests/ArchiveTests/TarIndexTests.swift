import Archive
import TestKit
import Testing

@Suite struct TarIndexTests {
    private func index(_ bytes: [UInt8]) throws -> TarIndex {
        try TarIndex(size: Int64(bytes.count)) { count, offset in Array(bytes.dropFirst(Int(offset)).prefix(count)) }
    }

    private func content(_ path: String, in bytes: [UInt8]) throws -> String? {
        try index(bytes).file(path).map {
            String(decoding: bytes[Int($0.offset)..<Int($0.offset + $0.size)], as: UTF8.self)
        }
    }

    private static let long = String(repeating: "long/", count: 60) + "name"

    @Test(
        "finds files in every dialect that GNU tar and bsdtar write",
        arguments: [
            ["tar", "--format=v7"], ["tar", "--format=oldgnu"], ["tar", "--format=gnu"], ["tar", "--format=ustar"],
            ["tar", "--format=pax"], ["bsdtar", "--format=pax"], ["bsdtar", "--format=gnutar"],
            ["bsdtar", "--format=ustar"],
        ])
    func dialects(_ command: [String]) async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("in/one", text: "first")
            try folder.write("in/empty", text: "")
            let isShort = command[1].hasSuffix("v7") || command[1].hasSuffix("ustar")
            let path = isShort ? "folder/name" : Self.long
            try folder.write("in/\(path)", text: "second")
            try await Tool("sh").output(
                "-c",
                "cd \(folder.file("in")) && ln one hard && ln -s ../one folder-link && mkdir -p d && ln -s ../one d/link"
            )
            try await Tool(command[0]).output(arguments: [
                command[1], "-cf", folder.file("a.tar"), "-C", folder.file("in"), "empty", "one", "hard", "d",
                String(path.prefix { $0 != "/" }),
            ])
            let bytes = try folder.bytes("a.tar")
            #expect(try content("one", in: bytes) == "first")
            #expect(try content("./one", in: bytes) == "first")
            #expect(try content("hard", in: bytes) == "first")
            #expect(try content("d/link", in: bytes) == "first")
            #expect(try content("empty", in: bytes) == "")
            #expect(try content(path, in: bytes) == "second")
            #expect(try content("none", in: bytes) == nil)
            #expect(try index(bytes).paths.map(\.bytes) == ["empty", path, "one"].sorted().map { Array($0.utf8) })
        }
    }

    @Test func `takes the last of several files of one name`() throws {
        let bytes = TestArchive.tar([("a", Array("old".utf8)), ("a", Array("newer".utf8))])
        #expect(try content("a", in: bytes) == "newer")
    }

    @Test func `refuses links that lead outside or in circles`() async throws {
        try await TemporaryFolder.with { folder in
            try await Tool("sh").output(
                "-c",
                "cd \(folder.path) && ln -s ../../etc/passwd out && ln -s b a && ln -s a b && tar -cf x.tar out a b")
            let bytes = try folder.bytes("x.tar")
            for name in ["out", "a", "b"] { #expect(try content(name, in: bytes) == nil) }
        }
    }

    @Test(
        "refuses what is damaged",
        arguments: [
            ("cut off in a file", ArchiveError.Kind.truncated), ("cut off in a header", .truncated),
            ("cut off between files", .truncated),
            ("a wrong checksum", .damaged), ("no archive", .damaged), ("empty", .truncated),
        ])
    func damage(_ what: String, _ kind: ArchiveError.Kind) throws {
        let whole = TestArchive.tar([("a", [UInt8](repeating: 1, count: 2000)), ("b", [1])])
        let bytes: [UInt8]
        switch what {
        case "cut off in a file": bytes = Array(whole.prefix(1500))
        case "cut off in a header": bytes = Array(whole.prefix(2700))
        case "cut off between files": bytes = Array(whole.prefix(512 + 2048))
        case "a wrong checksum": bytes = [7] + whole.dropFirst()
        case "no archive": bytes = [UInt8](repeating: 65, count: 1024)
        default: bytes = []
        }
        let error = #expect(throws: ArchiveError.self) { try index(bytes) }
        #expect(error?.kind == kind, "\(error as Any)")
    }
}
