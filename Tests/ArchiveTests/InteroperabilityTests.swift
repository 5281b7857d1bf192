import Archive
import JSON
import OCI
import TestKit
import Testing

@Suite("An archive")
struct InteroperabilityTests {
    /// One entry of each kind, and of everything that needs more than a plain block.
    private static func sample() throws -> [(TarEntry, [UInt8])] {
        let long = String(repeating: "long/", count: 60)
        let content = Array("content\n".utf8)
        let attributes = [
            TarEntry.Attribute("user.one", [1, 0, 10, 255]), TarEntry.Attribute("user.two", Array("2".utf8)),
        ]
        func file(_ path: [UInt8], size: Int64 = 8) throws -> TarEntry {
            TarEntry(try TarPath(path), .file, mode: 0o644, size: size, modified: 1_600_000_000)
        }
        var owned = try file(Array("owned".utf8))
        (owned.uid, owned.gid, owned.modified) = (3_000_000_000, 2_097_152, -1)
        var rich = try file(Array("rich".utf8))
        rich.attributes = attributes
        let target = Array((long + "ziel-ä").utf8)
        return [
            (TarEntry(.root, .folder, mode: 0o755), []),
            (TarEntry(try .of("folder"), .folder, mode: 0o1777, modified: 5), []),
            (try file(Array("folder/plain".utf8)), content),
            (try file(Array(repeating: UInt8(ascii: "n"), count: 100)), content),
            (try file(Array(repeating: UInt8(ascii: "n"), count: 101)), content),
            (
                try file(Array((String(repeating: "p", count: 155) + "/" + String(repeating: "n", count: 100)).utf8)),
                content
            ),
            (try file(Array((long + "deep").utf8)), content),
            (TarEntry(try .of(long + "dir"), .folder, mode: 0o700), []),
            (try file(Array("grün".utf8)), content),
            (try file(Array("gru\u{308}n".utf8)), content),
            (try file(Array("two\nlines".utf8)), content),
            (try file([0x66, 0xFF, 0xFE]), content),
            (try file([0xFF] + Array(repeating: UInt8(ascii: "x"), count: 200)), content),
            (owned, content),
            (rich, content),
            (TarEntry(try .of("link"), .symbolicLink(Array("/abs/../x".utf8)), mode: 0o777), []),
            (TarEntry(try .of("longlink"), .symbolicLink(target), mode: 0o777), []),
            (TarEntry(try .of("hard"), .hardLink(try .of("folder/plain")), mode: 0o644), []),
            (TarEntry(try .of("longhard"), .hardLink(try .of(long + "deep")), mode: 0o644), []),
            (TarEntry(try .of("chr"), .characterDevice(major: 5, minor: 259), mode: 0o600), []),
            (TarEntry(try .of("blk"), .blockDevice(major: 4095, minor: 1_048_575), mode: 0o660), []),
            (TarEntry(try .of("pipe"), .fifo, mode: 0o622), []),
        ]
    }

    /// Prints name, type, mode, owner, size, time, target and attributes of each entry, one JSON array a line.
    private static let python = """
        import json, sys, tarfile
        raw = lambda text: list(text.encode('utf-8', 'surrogateescape'))
        for t in tarfile.open(sys.argv[1], errors='surrogateescape'):
            xattrs = [[k[13:], raw(v)] for k, v in t.pax_headers.items() if k.startswith('SCHILY.xattr.')]
            print(json.dumps([raw(t.name), t.type.decode(), t.mode, t.uid, t.gid, t.size, int(t.mtime),
                raw(t.linkname), t.devmajor, t.devminor, xattrs]))
        """

    private static func json(_ entry: TarEntry) -> JSONValue {
        func raw(_ bytes: [UInt8]) -> JSONValue { .array(bytes.map { .integer(Int64($0)) }) }
        let (type, target, major, minor): (String, [UInt8], UInt32, UInt32) =
            switch entry.kind {
            case .file: ("0", [], 0, 0)
            case .hardLink(let path): ("1", path.bytes, 0, 0)
            case .symbolicLink(let target): ("2", target, 0, 0)
            case .characterDevice(let major, let minor): ("3", [], major, minor)
            case .blockDevice(let major, let minor): ("4", [], major, minor)
            case .folder: ("5", [], 0, 0)
            case .fifo: ("6", [], 0, 0)
            }
        return [
            raw(entry.path.isRoot ? Array(".".utf8) : entry.path.bytes), .string(type), .integer(Int64(entry.mode)),
            .integer(Int64(entry.uid)), .integer(Int64(entry.gid)), .integer(entry.size), .integer(entry.modified),
            raw(target), .integer(Int64(major)), .integer(Int64(minor)),
            .array(entry.attributes.map { [.string($0.name), raw($0.value)] }),
        ]
    }

    @Test("says to Python what it was told")
    func python() async throws {
        try await TemporaryFolder.with { folder in
            let sample = try Self.sample()
            let file = try folder.write("a.tar", archive(sample))
            let lines = try await Tool("python3").output("-c", Self.python, file).split(separator: "\n")
            try #require(lines.count == sample.count)
            for (line, (entry, _)) in zip(lines, sample) {
                #expect(try JSONValue(parsing: line.utf8) == Self.json(entry), "\(entry.path)")
            }
        }
    }

    @Test("is unpacked the same by other programs", arguments: ["tar", "bsdtar"])
    func unpacking(_ tool: String) async throws {
        try await TemporaryFolder.with { folder in
            // GNU tar leaves out devices unless it is root, and bsdtar brings names to composed form.
            let sample = try Self.sample().filter { tool == "tar" || $0.0.path.bytes != Array("gru\u{308}n".utf8) }
            let file = try folder.write("a.tar", archive(sample))
            try folder.write("out/.keep", [])
            let outcome = try await Tool(tool).run(["-xpf", file, "-C", folder.file("out"), "--no-same-owner"])
            #expect(outcome.succeeded, "\(outcome.error)")
            let listing = try await Tool("find").output(
                folder.file("out"), "-mindepth", "1", "!", "-name", ".keep", "-printf", "%P %m %s %l\\0")
            let names = Set(listing.split(separator: "\0").map { String($0.prefix(while: { $0 != " " })) })
            #expect(names.isSuperset(of: ["folder/plain", "grün", "two\nlines", "hard", "pipe", "longlink"]))
            #expect(names.contains(String(repeating: "long/", count: 60) + "deep"))
            #expect(try folder.text("out/longhard") == "content\n")
            #expect(try await Tool("stat").output("-c", "%h", folder.file("out/hard")) == "2")
            #expect(try await Tool("stat").output("-c", "%a %Y", folder.file("out/folder/plain")) == "644 1600000000")
        }
    }

    @Test("of files beyond 8 GiB is announced to other programs", arguments: ["tar", "bsdtar"])
    func largeFiles(_ tool: String) async throws {
        let collected = Collected()
        let writer = TarWriter(to: collected.add)
        let size: Int64 = 9 << 30
        try writer.add(TarEntry(try .of("large"), .file, mode: 0o600, size: size))
        // As much content as brings out the first piece.
        try writer.write([UInt8](repeating: 0, count: TarWriter.pieceSize))
        let outcome = try await Tool(tool).run(["-tvf", "-"], input: collected.pieces[0])
        #expect(outcome.output.contains("\(size)"), "\(outcome.error)")
        let reader = try TarReader(source(collected.pieces[0]))
        #expect(try reader.next()?.size == size)
        let error = #expect(throws: ArchiveError.self) { while try reader.extent() != nil {} }
        #expect(error == ArchiveError(.truncated, "the archive ends too early", entry: "large"))
    }

    @Test("is a layer that other programs unpack", arguments: [.gzip(level: 4), .none] as [LayerCompression])
    func layers(_ compression: LayerCompression) async throws {
        try await TemporaryFolder.with { folder in
            let content = compressible(5_000_000)
            let tar = try archive([
                (TarEntry(try .of("etc"), .folder, mode: 0o755), []),
                (TarEntry(try .of("etc/grün"), .file, mode: 0o640, size: Int64(content.count)), content),
            ])
            let type = MediaType.ociManifest.replacing("manifest.v1+json", with: "layer.v1.tar")
            let layer = TestLayer(
                blob: try compress(tar, compression), tar: tar,
                mediaType: compression == .none ? type : type + "+" + compression.name)
            let layout = try TestLayout(in: folder, ["v1": TestImage(layers: [layer])])
            try await Tool.umoci.output(
                "unpack", "--rootless", "--image", "\(layout.path):v1", folder.file("bundle"))
            #expect(try folder.bytes("bundle/rootfs/etc/grün") == content)
            try await Tool.skopeo.output(
                "copy", "--dest-decompress", "oci:\(layout.path):v1", "dir:\(folder.file("dir"))")
            #expect(try folder.bytes("dir/\(Digest(of: tar).hex)") == tar)
        }
    }
}
