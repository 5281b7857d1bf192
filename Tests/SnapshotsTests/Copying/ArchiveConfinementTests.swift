import OCI
import Snapshots
import TestKit
import Testing

@Suite("ADD keeps an archive inside its destination")
struct ArchiveConfinementTests {
    /// Entries on lines: `f NAME [MODE [OWNER]]`, a file that has its name in it, `d` the same, `l NAME TARGET`, and
    /// `h NAME TARGET [MODE [OWNER]]`; `""` is not a name.
    private static func archive(_ entries: [String], _ name: String = "a.tar") -> String {
        """
        cat >lines <<'END'
        \(entries.joined(separator: "\n"))
        END
        python3 - <<'END'
        import io, tarfile
        with tarfile.open('\(name)', 'w') as archive:
            for line in open('lines'):
                kind, name, *rest = line.split()
                entry = tarfile.TarInfo('x')
                entry.name = name.strip('"')
                entry.type = {'f': b'0', 'd': b'5', 'l': b'2', 'h': b'1'}[kind]
                if kind in 'lh': entry.linkname = rest.pop(0)
                entry.mode = int(rest.pop(0), 8) if rest else 0o755 if kind == 'd' else 0o644
                entry.uid = entry.gid = int(rest.pop(0)) if rest else 0
                content = name.encode() if kind == 'f' else b''
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        END
        rm lines
        """
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let entries: [String]
        var base = "mkdir n"
        /// What is in `/n`.
        let gives: [String]
        var testDescription: String { "\(entries) onto \(base)" }
    }

    private static let cases: [Case] = [
        // Names that lead out.
        Case(
            entries: ["f ../up", "f ../../etc/x", "f a/../../b"],
            gives: [
                "f 0644 0:0 n/b a/../../b", "d 0755 0:0 n/etc", "f 0644 0:0 n/etc/x ../../etc/x",
                "f 0644 0:0 n/up ../up",
            ]),
        Case(
            entries: ["f /abs", "f //etc/x"],
            gives: ["f 0644 0:0 n/abs /abs", "d 0755 0:0 n/etc", "f 0644 0:0 n/etc/x //etc/x"]),
        // Names of the destination, which stays as it is.
        Case(
            entries: ["f a/../b", "f \"\"", "d ./ 700 5", "d .. 700 5", "f a/..", "d / 700 5"],
            gives: ["f 0644 0:0 n/b a/../b"]),
        // Links of the archive's own.
        Case(
            entries: ["l l ..", "f l/etc/own"],
            gives: ["d 0755 0:0 n/etc", "f 0644 0:0 n/etc/own l/etc/own", "l 0:0 n/l -> .."]),
        Case(
            entries: ["l l /etc", "f l/own"],
            gives: ["d 0755 0:0 n/etc", "f 0644 0:0 n/etc/own l/own", "l 0:0 n/l -> /etc"]),
        Case(
            entries: ["l l ../../n/..", "d l/etc 700"], gives: ["d 0700 0:0 n/etc", "l 0:0 n/l -> ../../n/.."]),
        Case(
            entries: ["l a b", "l b c", "d c", "f a/x"],
            gives: ["l 0:0 n/a -> b", "l 0:0 n/b -> c", "d 0755 0:0 n/c", "f 0644 0:0 n/c/x a/x"]),
        Case(entries: ["l l /etc/passwd", "f l"], gives: ["f 0644 0:0 n/l l"]),
        // Links of the tree below.
        Case(
            entries: ["f l/own"], base: "mkdir -p n etc; ln -s /etc n/l",
            gives: ["d 0755 0:0 n/etc", "f 0644 0:0 n/etc/own l/own"]),
        Case(
            entries: ["f l/etc/own"], base: "mkdir -p n etc; ln -s .. n/l",
            gives: ["d 0755 0:0 n/etc", "f 0644 0:0 n/etc/own l/etc/own"]),
        Case(
            entries: ["f l/own"], base: "mkdir -p n/r; ln -s r n/l",
            gives: ["d 0755 0:0 n/r", "f 0644 0:0 n/r/own l/own"]),
        Case(
            entries: ["d l 700", "f l/x"], base: "mkdir -p n etc; ln -s /etc n/l",
            gives: ["d 0700 0:0 n/l", "f 0644 0:0 n/l/x l/x"]),
        // Hard links.
        Case(
            entries: ["h h kept"], base: "mkdir n; printf k >n/kept", gives: ["f 0644 0:0 n/h k", "h n/kept = n/h"]),
        Case(
            entries: ["h h /kept 600 7"], base: "mkdir n; printf k >n/kept",
            gives: ["f 0600 7:7 n/h k", "h n/kept = n/h"]),
        Case(
            entries: ["h h l"], base: "mkdir n; ln -s /etc/shadow n/l",
            gives: ["l 0:0 n/h -> /etc/shadow", "h n/l = n/h"]),
        Case(entries: ["f f", "h h ./a/../f"], gives: ["f 0644 0:0 n/f f", "h n/h = n/f"]),
        Case(entries: ["f f 644 1", "h h f 600 2"], gives: ["f 0600 2:2 n/f f", "h n/h = n/f"]),
        Case(
            entries: ["d d", "f d/f", "l l d", "h h l/f"],
            gives: ["d 0755 0:0 n/d", "f 0644 0:0 n/d/f d/f", "h n/h = n/d/f", "l 0:0 n/l -> d"]),
        Case(
            entries: ["f a", "h b a", "d a", "f a/x"],
            gives: ["d 0755 0:0 n/a", "f 0644 0:0 n/a/x a/x", "f 0644 0:0 n/b a"]),
        // What takes the place of a folder takes away what was in it.
        Case(entries: ["f d/e/x", "f d"], gives: ["f 0644 0:0 n/d d"]),
        Case(
            entries: ["f d", "d d 711", "f d/new"], base: "mkdir -p n/d; touch n/d/old",
            gives: ["d 0711 0:0 n/d opaque", "f 0644 0:0 n/d/new d/new"]),
        Case(
            entries: ["f d", "d d", "f d/l/x"], base: "mkdir -p n/d; ln -s /etc n/d/l",
            gives: ["d 0755 0:0 n/d opaque", "d 0755 0:0 n/d/l", "f 0644 0:0 n/d/l/x d/l/x"]),
        Case(
            entries: ["d r", "d d", "f d/x", "l d r", "f d/y"],
            gives: ["l 0:0 n/d -> r", "d 0755 0:0 n/r", "f 0644 0:0 n/r/y d/y"]),
    ]

    @Test("Names and links lead nowhere else", arguments: cases)
    func confines(_ sample: Case) async throws {
        try await CopyScene.with(Self.archive(sample.entries), base: sample.base) { scene in
            let lines = try scene.content("ADD a.tar /n/").listing
            #expect(lines == ["d 0755 0:0 n"] + sample.gives)
        }
    }

    @Test(
        "What cannot be inside is refused",
        arguments: [
            (["h h /etc/group"], "it links to etc/group, which is not there"),
            (["h h ../etc/group"], "it links to etc/group, which is not there"),
            (["l l /etc", "h h l/group"], "it links to l/group, which is not there"),
            (["h h d"], "it links to a folder"), (["h h ."], "it links to nothing"),
            (["h h f", "f f"], "it links to f, which is not there"),
            (["l a b", "l b a", "f a/x"], "leads through more than 255 links"),
            (["f f", "f f/x"], "/n/f is not a folder"),
        ] as [([String], String)])
    func refuses(_ entries: [String], _ reason: String) async throws {
        try await CopyScene.with(Self.archive(entries), base: "mkdir -p n/d etc; touch etc/group") { scene in
            let error = try #require(throws: ImageError.self) { try scene.content("ADD a.tar /n/") }
            #expect(error.description.contains(reason), "\(error)")
        }
    }

    @Test("Folders that an archive does not name are root's, and --chmod is not about what is in it")
    func implied() async throws {
        try await CopyScene.with(Self.archive(["f p/x 600 5"])) { scene in
            let lines = try scene.content("ADD --chown=8:9 --chmod=640 a.tar /n/").listing
            #expect(lines == ["d 0755 8:9 n", "d 0755 0:0 n/p", "f 0600 8:9 n/p/x p/x"])
        }
    }

    @Test("A file that another source has put there gets another name")
    func otherSources() async throws {
        let script =
            Self.archive(["f x"], "a.tar") + "\n" + Self.archive(["h y x", "h z f"], "b.tar") + "\nprintf 1 >f"
        try await CopyScene.with(script) { scene in
            let lines = try scene.content("ADD f a.tar b.tar /n/").listing
            #expect(lines == ["d 0755 0:0 n", "f 0644 0:0 n/f 1", "f 0644 0:0 n/x x", "h n/y = n/x", "h n/z = n/f"])
        }
    }

    @Test("An archive whose compression is damaged is refused, and not taken for a file")
    func damaged() async throws {
        let script = Self.archive(["f x"]) + "\ngzip -n a.tar; truncate -s -8 a.tar.gz; printf 12345678 >>a.tar.gz"
        try await CopyScene.with(script) { scene in
            let error = try #require(throws: ImageError.self) { try scene.content("ADD a.tar.gz /n/") }
            #expect(error.description.contains("cannot be unpacked: the gzip stream is damaged"), "\(error)")
        }
    }

    @Test("An archive without its two last blocks is one, as for tar(1)")
    func withoutEnd() async throws {
        let script = Self.archive(["f x"]) + "\nhead -c 1024 a.tar >b.tar; gzip -k b.tar"
        try await CopyScene.with(script) { scene in
            for name in ["b.tar", "b.tar.gz"] {
                let lines = try scene.content("ADD \(name) /").listing
                #expect(lines == ["f 0644 0:0 x x"])
            }
        }
    }
}
