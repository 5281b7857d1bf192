import Archive
import OCI
import TestKit
import Testing

@Suite("A tar writer")
struct TarWriterTests {
    @Test("writes the empty archive that every builder writes")
    func empty() throws {
        #expect(
            Digest(of: try archive([])).description
                == "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef")
    }

    @Test("writes plain ustar where it can, and the same bytes today and tomorrow")
    func golden() throws {
        let bytes = try archive([
            (TarEntry(.root, .folder, mode: 0o755), []),
            (TarEntry(try .of("usr/bin"), .folder, mode: 0o1777, uid: 1, gid: 2, modified: 1_700_000_000), []),
            (TarEntry(try .of("usr/bin/a"), .file, mode: 0o4755, size: 3, modified: 9), [1, 2, 3]),
            (TarEntry(try .of("b"), .symbolicLink(Array("../usr".utf8)), mode: 0o777), []),
            (TarEntry(try .of("c"), .hardLink(try .of("usr/bin/a")), mode: 0o755), []),
            (TarEntry(try .of("null"), .characterDevice(major: 1, minor: 3), mode: 0o666), []),
        ])
        #expect(bytes.count == 512 * 9)
        #expect(
            Digest(of: bytes).description == "sha256:5829b097ce059743b3b86df34b4ac046f50ca553a38fa248aae6060b33abe3c0")
        let attribute = TarEntry.Attribute("user.a", [1, 0, 2])
        let extended = try archive([
            (TarEntry(try .of("ä"), .file, mode: 0o644, attributes: [attribute]), []),
            (TarEntry(try .of("f"), .file, mode: 0o644, uid: 4_000_000_000, modified: -5), []),
        ])
        #expect(
            Digest(of: extended).description
                == "sha256:38a337e2628980a91205a177e85359955015387ce17cdfc8eed86764cb805dff")
    }

    @Test("gives its sink pieces of one size")
    func pieces() throws {
        let collected = Collected()
        let writer = TarWriter(to: collected.add)
        try writer.add(TarEntry(try .of("f"), .file, mode: 0o644, size: 1_000_000))
        for _ in 0..<1000 { try writer.write([UInt8](repeating: 7, count: 1000)) }
        try writer.finish()
        #expect(collected.pieces.dropLast().allSatisfy { $0.count == TarWriter.pieceSize })
        #expect(collected.bytes.count == 512 + 1_000_448 + 1024)
    }

    @Test("notices when a content has not the size that was announced")
    func sizes() throws {
        let writer = TarWriter { _ in }
        try writer.add(TarEntry(try .of("f"), .file, mode: 0o644, size: 3))
        try writer.write([1, 2])
        let more = #expect(throws: ArchiveError.self) { try writer.write([3, 4]) }
        #expect(more?.description == "the entry \"f\": it has more than the 3 bytes that were announced")
        let less = #expect(throws: ArchiveError.self) { try writer.finish() }
        #expect(less?.description == "the entry \"f\": it has 2 of the 3 bytes that were announced")
    }

    @Test("refuses what the format cannot say")
    func refusals() throws {
        let path = try TarPath("f")
        let entries = [
            TarEntry(path, .folder, mode: 0o755, size: 1), TarEntry(path, .file, mode: 0o10000),
            TarEntry(path, .file, mode: 0, size: -1), TarEntry(.root, .file, mode: 0),
            TarEntry(path, .symbolicLink([]), mode: 0), TarEntry(path, .symbolicLink([0]), mode: 0),
            TarEntry(path, .hardLink(.root), mode: 0),
            TarEntry(path, .blockDevice(major: 1, minor: 1 << 21), mode: 0),
            TarEntry(path, .file, mode: 0, attributes: [.init("a=b", [])]),
        ]
        for entry in entries {
            #expect(throws: ArchiveError.self, "\(entry)") { try TarWriter { _ in }.add(entry) }
        }
    }

    @Test("does not repeat on a hard link what belongs to the file")
    func hardLinks() throws {
        let path = try TarPath("b")
        let plain = try archive([(TarEntry(path, .hardLink(try .of("a")), mode: 0o644), [])])
        let attributes = [TarEntry.Attribute("user.a", [1])]
        let rich = try archive([(TarEntry(path, .hardLink(try .of("a")), mode: 0o644, attributes: attributes), [])])
        #expect(plain == rich)
    }
}

@Suite("Paths in archives")
struct TarPathTests {
    @Test(
        "are relative and plain",
        arguments: [
            ("a/b", "a/b"), ("/a", "a"), ("./a//b/", "a/b"), ("a/./b", "a/b"), ("...", "..."), ("a/..b", "a/..b"),
            (".", "./"), ("/", "./"), ("", "./"), ("a\nb", "a?b"),
        ])
    func normalized(_ name: String, _ text: String) throws {
        #expect(try TarPath(name).description == text)
    }

    @Test("never lead out", arguments: ["..", "../a", "a/../../b", "a/..", "/..", "a\u{0}b"])
    func refused(_ name: String) {
        let error = #expect(throws: ArchiveError.self) { try TarPath(name) }
        #expect(error?.kind == .name)
    }
}
