import Archive
import Concurrency
import OCI
import TestKit
import Testing

@Suite("A tar reader")
struct TarReaderTests {
    /// A tree with what every dialect can say.
    private static let script = """
        set -e; umask 022; cd $HOME; mkdir -p t/sub; cd t
        printf hello > sub/file; chmod 4755 sub/file; ln sub/file hard; ln -s ../away link; mkfifo pipe
        head -c 300000 /dev/zero | tr '\\0' x > big
        touch -d @1500000000 sub/file big pipe sub . ; touch -h -d @1500000000 link
        """

    @Test(
        "reads every dialect, compressed or not",
        arguments: ["v7", "oldgnu", "gnu", "ustar", "posix"],
        ["cat", "gzip -c", "bzip2 -c", "xz -c", "zstd -c", "pigz -c"])
    func dialects(_ format: String, _ compressor: String) async throws {
        let command = """
            \(Self.script)
            tar --format=\(format) --sort=name -cf - \(format == "v7" ? "--exclude=pipe" : "") . | \(compressor)
            """
        let bytes = try await Tool("sh").run(["-c", command]).outputBytes
        let found = try entries(of: bytes)
        let expected =
            [".": "./", "big": "big", "hard": "hard", "link": "link", "pipe": "pipe", "sub": "sub", "x": "sub/file"]
            .values.filter { format != "v7" || $0 != "pipe" }.sorted()
        #expect(found.map { "\($0.0.path)" }.sorted() == expected)
        let byPath = Dictionary(uniqueKeysWithValues: found.map { ("\($0.0.path)", $0) })
        #expect(byPath["hard"]?.1 == Array("hello".utf8) || byPath["sub/file"]?.1 == Array("hello".utf8))
        #expect(byPath["link"]?.0.kind == .symbolicLink(Array("../away".utf8)))
        #expect(byPath["sub/file"]?.0.kind == .hardLink(try .of("hard")))
        #expect(byPath["hard"]?.0.mode == 0o4755 && byPath["hard"]?.0.modified == 1_500_000_000)
        #expect(byPath["sub"]?.0.kind == .folder)
        #expect(byPath["big"]?.1 == [UInt8](repeating: UInt8(ascii: "x"), count: 300_000))
        if format != "v7" { #expect(byPath["pipe"]?.0.kind == .fifo) }
    }

    @Test("reads names byte for byte", arguments: ["gnu", "posix"])
    func names(_ format: String) async throws {
        let command = """
            cd $HOME; mkdir t; cd t; long=$(printf '%0200d' 7)
            touch plain grün "$(printf 'gru\\314\\210n')" "$(printf 'bad\\377')" "$(printf 'two\\nlines')" $long "ü$long"
            ln -s "ziel-ä-$long" link
            tar --format=\(format) -cf - *
            """
        let found = try entries(of: try await Tool("sh").run(["-c", command]).outputBytes)
        let long = String(repeating: "0", count: 199) + "7"
        let expected: Set<[UInt8]> = [
            Array("plain".utf8), Array("gr\u{FC}n".utf8), Array("gru\u{308}n".utf8), Array("bad".utf8) + [0xFF],
            Array("two\nlines".utf8), Array(long.utf8), Array("ü\(long)".utf8), Array("link".utf8),
        ]
        #expect(Set(found.map(\.0.path.bytes)) == expected)
        #expect(found.contains { $0.0.kind == .symbolicLink(Array("ziel-ä-\(long)".utf8)) })
    }

    @Test(
        "reads sparse files as what they are",
        arguments: ["--format=gnu", "--sparse-version=0.0", "--sparse-version=0.1", "--sparse-version=1.0"])
    func sparse(_ option: String) async throws {
        let command = """
            cd $HOME; truncate -s 3000000 f; printf start | dd of=f conv=notrunc status=none
            printf middle | dd of=f bs=1 seek=1000000 conv=notrunc status=none
            tar \(option) \(option.contains("version") ? "--format=posix" : "") -Scf - f
            """
        let bytes = try await Tool("sh").run(["-c", command]).outputBytes
        #expect(bytes.count < 100_000)
        let (entry, content) = try #require(try entries(of: bytes).first)
        #expect("\(entry.path)" == "f" && entry.size == 3_000_000)
        #expect(content.starts(with: Array("start\0".utf8)))
        #expect(Array(content[1_000_000..<1_000_007]) == Array("middle\0".utf8))
        #expect(content.lazy.filter { $0 != 0 }.count == 11)
        let reader = try TarReader(source(bytes))
        _ = try reader.next()
        var stored = 0
        while let extent = try reader.extent() { stored += extent.bytes.count }
        #expect(stored < 100_000)
    }

    @Test("reads extended attributes, times and owners that need records")
    func records() async throws {
        let python = """
            import sys, tarfile
            t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.PAX_FORMAT)
            i = tarfile.TarInfo('f'); i.uid = 3000000000; i.gid = 5; i.mtime = 1.5
            i.pax_headers = {'SCHILY.xattr.security.capability': 'abc\\n', 'SCHILY.xattr.user.b': 'x=y',
                'LIBARCHIVE.xattr.user.b': 'eD15', 'SCHILY.xattr.user.a': ''}
            t.addfile(i); t.close()
            """
        let bytes = try await Tool("python3").run(["-c", python]).outputBytes
        let entry = try #require(try entries(of: bytes).first?.0)
        #expect(entry.uid == 3_000_000_000 && entry.gid == 5)
        #expect(entry.modified == 1 && entry.nanoseconds == 500_000_000)
        #expect(
            entry.attributes == [
                .init("security.capability", Array("abc\n".utf8)), .init("user.b", Array("x=y".utf8)),
                .init("user.a", []),
            ])
    }

    @Test("normalises names that are absolute and refuses those that lead out")
    func escapes() async throws {
        let python = """
            import sys, tarfile
            t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|')
            i = tarfile.TarInfo(sys.argv[1])
            if len(sys.argv) > 2: i.type = tarfile.LNKTYPE; i.linkname = sys.argv[2]
            t.addfile(i); t.close()
            """
        func read(_ arguments: String...) async throws -> TarEntry? {
            try entries(of: try await Tool("python3").run(["-c", python] + arguments).outputBytes).first?.0
        }
        #expect(try await read("/etc//passwd")?.path == .of("etc/passwd"))
        #expect(try await read("a", "/b/c")?.kind == .hardLink(.of("b/c")))
        for arguments in [["../x"], ["a/../../x"], ["a", "../x"]] {
            let bytes = try await Tool("python3").run(["-c", python] + arguments).outputBytes
            let error = #expect(throws: ArchiveError.self) { try entries(of: bytes) }
            #expect(error == ArchiveError(.name, "its name leads out of the archive", entry: arguments.last))
        }
    }

    @Test("has limits, and names the entry that goes beyond")
    func limits() throws {
        func file(_ name: String, _ size: Int) throws -> (TarEntry, [UInt8]) {
            let attributes = [TarEntry.Attribute("user.a", [UInt8](repeating: 1, count: 94))]
            return (
                TarEntry(try .of(name), .file, mode: 0o644, size: Int64(size), attributes: attributes),
                [UInt8](repeating: 0, count: size)
            )
        }
        let bytes = try archive([file("first", 1000), file("second", 9000)])
        let size = Int64(bytes.count)
        for (limits, reason) in [
            (TarLimits(entries: 1), "the archive has more than 1 entries"),
            (TarLimits(pathLength: 5), "the entry \"second\": its name has more than 5 bytes"),
            (TarLimits(totalSize: size - 1), "the archive has more than \(size - 1) bytes"),
            (TarLimits(attributesSize: 99), "the entry \"first\": its extended attributes have more than 99 bytes"),
        ] {
            let error = #expect(throws: ArchiveError.self) { try entries(of: bytes, limits: limits) }
            #expect(error?.kind == .limit && error?.description == reason)
        }
        let exact = TarLimits(entries: 2, pathLength: 6, totalSize: size, attributesSize: 100)
        #expect(try entries(of: bytes, limits: exact).count == 2)
    }

    @Test("gives everything to its observer, whatever follows the archive", arguments: [0, 10_240, 3_000_000])
    func observer(_ padding: Int) throws {
        let tar = try archive([(TarEntry(try .of("f"), .file, mode: 0o644, size: 5), [1, 2, 3, 4, 5])])
        let whole = tar + [UInt8](repeating: 0, count: padding)
        var hasher = DigestHasher(.sha256)
        let reader = try TarReader(source(try compress(whole, .gzip(level: 4)))) { hasher.update($0) }
        while try reader.next() != nil {}
        #expect(hasher.finalize() == Digest(of: whole))
    }

    @Test("accepts an archive without its end only where it may be missing")
    func missingEnd() throws {
        let tar = try archive([(TarEntry(try .of("f"), .file, mode: 0o644, size: 1), [1])]).dropLast(1024)
        #expect(throws: ArchiveError(.truncated, "the archive ends too early")) { try entries(of: Array(tar)) }
        #expect(try entries(of: Array(tar), endMayBeMissing: true).count == 1)
        #expect(throws: ArchiveError.self) { try entries(of: Array(tar.dropLast(1)), endMayBeMissing: true) }
        #expect(throws: ArchiveError.self) { try entries(of: []) }
    }

    @Test("knows what ADD unpacks")
    func probing() async throws {
        let tar = try archive([(TarEntry(try .of("f"), .file, mode: 0o644, size: 3_000_000), bigBlob(3_000_000))])
        let text = Array(repeating: Array("no archive at all, but text\n".utf8), count: 100).flatMap { $0 }
        for command in [["cat"], ["gzip", "-c"], ["bzip2", "-c"], ["xz", "-c"], ["zstd", "-c"]] {
            let tool = Tool(command[0])
            let arguments = Array(command.dropFirst())
            let yes = try await tool.run(arguments, input: tar).outputBytes
            #expect(try TarReader.isArchive(firstBytes: Array(yes.prefix(TarReader.probeSize))), "\(command)")
            let no = try await tool.run(arguments, input: text).outputBytes
            #expect(try !TarReader.isArchive(firstBytes: no), "\(command)")
        }
        #expect(try !TarReader.isArchive(firstBytes: []))
        #expect(try !TarReader.isArchive(firstBytes: [UInt8](repeating: 0, count: 10_240)))
        #expect(try !TarReader.isArchive(firstBytes: Array("BZhelp is what this text is about".utf8)))
    }

    @Test("does not take for something else what is compressed and damaged")
    func damagedProbe() async throws {
        let tar = try archive([(TarEntry(try .of("f"), .file, mode: 0o644, size: 3_000_000), bigBlob(3_000_000))])
        // What each damages is what says how the first block goes on.
        let places = ["gzip": 10..<11, "bzip2": 10..<10, "xz": 8..<9, "zstd": 6..<9]
        for command in [["gzip", "-c"], ["bzip2", "-c"], ["xz", "-c"], ["zstd", "-c"]] {
            var bytes = try await Tool(command[0]).run(Array(command.dropFirst()), input: tar).outputBytes
            #expect(throws: ArchiveError.self, "\(command)") {
                try TarReader.isArchive(firstBytes: Array(bytes.prefix(20)))
            }
            let place = try #require(places[command[0]])
            if place.isEmpty { continue }
            for index in place { bytes[index] = 0xFF }
            #expect(throws: ArchiveError.self, "\(command)") {
                try TarReader.isArchive(firstBytes: Array(bytes.prefix(TarReader.probeSize)))
            }
        }
        let long = try await Tool("zstd").run(["-c", "--ultra", "--long=31", "-1"], input: tar).outputBytes
        #expect(throws: ArchiveError.self) {
            try TarReader.isArchive(firstBytes: Array(long.prefix(TarReader.probeSize)))
        }
        #expect(throws: ArchiveError.self) { try TarReader.isArchive(firstBytes: [0x1F, 0x8B, 8, 0]) }
    }
}

@Suite("A stream of bytes")
struct PulledStreamTests {
    private final class Stream: ByteStream {
        private let rest: Guarded<Int>
        private let failure: (any Error)?

        init(pieces: Int, then failure: (any Error)? = nil) {
            rest = Guarded(pieces)
            self.failure = failure
        }

        func next() async throws -> [UInt8]? {
            await Task.yield()
            let left = rest.withLock { rest in
                rest -= 1
                return rest
            }
            if left >= 0 { return [UInt8](repeating: UInt8(left & 0xFF), count: 100_000) }
            if let failure { throw failure }
            return nil
        }
    }

    private struct Trouble: Error {}

    @Test("is pulled by work that waits, to its end", arguments: [0, 1, 100])
    func whole(_ pieces: Int) async throws {
        let count = try await Stream(pieces: pieces).pulled { source in
            var count = 0
            while let piece = try source() { count += piece.count }
            return count
        }
        #expect(count == pieces * 100_000)
    }

    @Test("may be left before its end")
    func partly() async throws {
        let first = try await Stream(pieces: 1000).pulled { try $0()?.first }
        #expect(first == 231)
        await #expect(throws: Trouble.self) { try await Stream(pieces: 1000).pulled { _ in throw Trouble() } }
    }

    @Test("throws its failure where it is pulled")
    func failing() async throws {
        await #expect(throws: Trouble.self) {
            try await Stream(pieces: 3, then: Trouble()).pulled { while try $0() != nil {} }
        }
    }

    @Test("ends when the task is cancelled")
    func cancelled() async throws {
        let task = Task { try await Stream(pieces: .max).pulled { while try $0() != nil {} } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("can be an archive")
    func archives() async throws {
        let tar = try archive([(TarEntry(try .of("f"), .file, mode: 0o644, size: 3), [1, 2, 3])])
        let path = try await BytesStream(tar).pulled { try TarReader($0).next()?.path }
        #expect(path == (try TarPath("f")))
    }
}
