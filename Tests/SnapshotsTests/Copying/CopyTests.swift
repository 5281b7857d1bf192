import Concurrency
import Foundation
import OCI
import Snapshots
import TestKit
import Testing

@Suite("COPY and ADD")
struct CopyTests {
    /// Files and folders that most cases copy from.
    private static let files = """
        printf a >a.txt; printf b >b.txt; mkdir -m 700 d; printf c >d/c; chmod 600 d/c; mkdir d/sub; printf e >d/sub/e
        ln -s c d/link; ln -s d to-d; ln -s a.txt to-a; mkdir -p x/y; ln -s ../../d x/y/up; ln -s /d/c absolute
        """

    struct Case: Sendable, CustomTestStringConvertible {
        let line: String
        var base = ""
        var script = CopyTests.files
        var ignore: [String] = []
        let gives: [String]
        var testDescription: String { base.isEmpty ? line : "\(line) onto \(base)" }
    }

    private static let cases: [Case] = [
        // Where a file goes.
        Case(line: "COPY a.txt /b", gives: ["f 0644 0:0 b a"]),
        Case(line: "COPY a.txt /n/b", gives: ["d 0755 0:0 n", "f 0644 0:0 n/b a"]),
        Case(line: "COPY a.txt /n/m/", gives: ["d 0755 0:0 n", "d 0755 0:0 n/m", "f 0644 0:0 n/m/a.txt a"]),
        Case(line: "COPY a.txt /n", base: "mkdir n", gives: ["d 0755 0:0 n", "f 0644 0:0 n/a.txt a"]),
        Case(line: "COPY a.txt /n", base: "printf old >n", gives: ["f 0644 0:0 n a"]),
        Case(line: "COPY a.txt b.txt /", gives: ["f 0644 0:0 a.txt a", "f 0644 0:0 b.txt b"]),
        Case(
            line: "COPY a.txt b.txt /n", base: "mkdir n",
            gives: ["d 0755 0:0 n", "f 0644 0:0 n/a.txt a", "f 0644 0:0 n/b.txt b"]),
        Case(line: "COPY ../../a.txt /b", gives: ["f 0644 0:0 b a"]),
        Case(line: "COPY to-a /n/", gives: ["d 0755 0:0 n", "f 0644 0:0 n/to-a a"]),
        Case(line: "COPY absolute /n/", gives: ["d 0755 0:0 n", "f 0600 0:0 n/absolute c"]),
        Case(line: "COPY to-d/c /c", gives: ["f 0600 0:0 c c"]),
        Case(line: "COPY x/y/up/sub/e /e", gives: ["f 0644 0:0 e e"]),
        // Where a folder goes.
        Case(
            line: "COPY d /n",
            gives: [
                "d 0755 0:0 n", "f 0600 0:0 n/c c", "l 0:0 n/link -> c", "d 0755 0:0 n/sub", "f 0644 0:0 n/sub/e e",
            ]),
        Case(
            line: "COPY to-d /",
            gives: ["f 0600 0:0 c c", "l 0:0 link -> c", "d 0755 0:0 sub", "f 0644 0:0 sub/e e"]),
        Case(line: "COPY d/sub d/c /n/", gives: ["d 0755 0:0 n", "f 0600 0:0 n/c c", "f 0644 0:0 n/e e"]),
        Case(line: "COPY d/sub /n", base: "mkdir -m 711 n", gives: ["d 0711 0:0 n", "f 0644 0:0 n/e e"]),
        Case(
            line: "COPY x /", base: "mkdir -m 711 y", gives: ["d 0755 0:0 y", "l 0:0 y/up -> ../../d"]),
        // Names in the order of their bytes, whatever is in a folder.
        Case(
            line: "COPY . /", script: "mkdir a; touch a/c a-b a.b b; mkdir a/c-d a-b-d; touch a-b-d/x",
            gives: [
                "d 0755 0:0 a", "f 0644 0:0 a-b ", "d 0755 0:0 a-b-d", "f 0644 0:0 a-b-d/x ", "f 0644 0:0 a.b ",
                "f 0644 0:0 a/c ", "d 0755 0:0 a/c-d", "f 0644 0:0 b ",
            ]),
        // Links of the tree below.
        Case(line: "COPY a.txt /l/", base: "mkdir r; ln -s r l", gives: ["d 0755 0:0 r", "f 0644 0:0 r/a.txt a"]),
        Case(line: "COPY a.txt /l", base: "mkdir r; ln -s r l", gives: ["d 0755 0:0 r", "f 0644 0:0 r/a.txt a"]),
        Case(
            line: "COPY a.txt /l/x/b", base: "mkdir -p u/r; ln -s /u/r/../r l",
            gives: ["d 0755 0:0 u", "d 0755 0:0 u/r", "d 0755 0:0 u/r/x", "f 0644 0:0 u/r/x/b a"]),
        Case(
            line: "COPY a.txt /l/", base: "ln -s ../../../new l", gives: ["d 0755 0:0 new", "f 0644 0:0 new/a.txt a"]),
        Case(line: "COPY a.txt /l", base: "printf r >r; ln -s r l", gives: ["f 0644 0:0 r a"]),
        Case(
            line: "COPY a.txt /n/", base: "mkdir n; ln -s r n/a.txt", gives: ["d 0755 0:0 n", "f 0644 0:0 n/a.txt a"]),
        Case(
            line: "COPY --link a.txt /l/", base: "mkdir r; ln -s r l", gives: ["d 0755 0:0 l", "f 0644 0:0 l/a.txt a"]),
        Case(line: "COPY --link a.txt /n", base: "mkdir n", gives: ["f 0644 0:0 n a"]),
        // Wildcards.
        Case(line: "COPY *.txt /n/", gives: ["d 0755 0:0 n", "f 0644 0:0 n/a.txt a", "f 0644 0:0 n/b.txt b"]),
        Case(line: "COPY none* /n/", gives: []),
        Case(line: "COPY **/e /n", gives: []),
        Case(line: "ADD none* /n/", gives: []),
        Case(line: "COPY --link none* /n/", gives: []),
        Case(line: "COPY none* /n/m", base: "touch n", gives: []),
        Case(line: "COPY --from=base none* /n/", gives: []),
        Case(line: "COPY none* a.txt /n/", gives: ["d 0755 0:0 n", "f 0644 0:0 n/a.txt a"]),
        Case(line: "COPY ?.txt none* /", gives: ["f 0644 0:0 a.txt a", "f 0644 0:0 b.txt b"]),
        Case(line: "COPY d/s* /n", gives: ["d 0755 0:0 n", "f 0644 0:0 n/e e"]),
        Case(line: "COPY */c /n/", gives: ["d 0755 0:0 n", "f 0600 0:0 n/c c"]),
        Case(line: "COPY [ab].txt /n/", gives: ["d 0755 0:0 n", "f 0644 0:0 n/a.txt a", "f 0644 0:0 n/b.txt b"]),
        Case(line: "COPY a[[]0] /x", script: "printf 0 >'a[0]'", gives: ["f 0644 0:0 x 0"]),
        // Owners and modes.
        Case(line: "COPY --chown=5 d/sub /n/m", gives: ["d 0755 5:5 n", "d 0755 5:5 n/m", "f 0644 5:5 n/m/e e"]),
        Case(line: "COPY --chown=5:6 d/link /l", gives: ["f 0600 5:6 l c"]),
        Case(
            line: "COPY --chown=app --chmod=u=rwX,go= d /n", base: "mkdir etc; echo app:x:7:8:: >etc/passwd",
            gives: [
                "d 0755 7:8 n", "f 0600 7:8 n/c c", "l 7:8 n/link -> c", "d 0700 7:8 n/sub", "f 0600 7:8 n/sub/e e",
            ]),
        Case(
            line: "COPY --chmod=640 a.txt /n/m/b", base: "mkdir n",
            gives: ["d 0755 0:0 n", "d 0640 0:0 n/m", "f 0640 0:0 n/m/b a"]),
        Case(line: "ADD --chmod=640 a.txt /n/", gives: ["d 0640 0:0 n", "f 0640 0:0 n/a.txt a"]),
        Case(line: "COPY --chmod=640 a.txt /", gives: ["f 0640 0:0 a.txt a"]),
        Case(
            line: "COPY --chmod=0604 x /n/m",
            gives: ["d 0604 0:0 n", "d 0604 0:0 n/m", "d 0604 0:0 n/m/y", "l 0:0 n/m/y/up -> ../../d"]),
        Case(
            line: "COPY --chmod=0604 x /n", base: "mkdir -m 711 n",
            gives: ["d 0711 0:0 n", "d 0604 0:0 n/y", "l 0:0 n/y/up -> ../../d"]),
        Case(line: "COPY --chmod=4711 a.txt /n/", gives: ["d 0711 0:0 n", "f 04711 0:0 n/a.txt a"]),
        Case(
            line: "COPY . /", script: "touch s; mkdir t; chown 9:9 s t; chmod 4755 s; chmod 1777 t",
            gives: ["f 04755 0:0 s ", "d 01777 0:0 t"]),
        Case(
            line: "COPY --from=base /s /n/", base: "printf s >s; chown 9:8 s; chmod 2755 s",
            gives: ["d 0755 0:0 n", "f 02755 9:8 n/s s"]),
        // What is left out.
        Case(
            line: "COPY . /", script: "mkdir -p k/l; touch a k/b k/c k/l/d; mkdir gone; touch gone/x",
            ignore: ["*", "!k/c", "!k/l"],
            gives: ["d 0755 0:0 k", "f 0644 0:0 k/c ", "d 0755 0:0 k/l", "f 0644 0:0 k/l/d "]),
        Case(
            line: "COPY . /", script: "mkdir -p k/empty o; touch k/a.c k/empty/b.h o/x",
            ignore: ["k", "!**/*.c", "o/x"],
            gives: ["d 0755 0:0 k", "f 0644 0:0 k/a.c ", "d 0755 0:0 o"]),
        Case(
            line: "COPY * /n/", script: "mkdir k; touch k/a b", ignore: ["k", "!k/none"],
            gives: ["d 0755 0:0 n", "f 0644 0:0 n/b "]),
        Case(
            line: "COPY --exclude=*.c --exclude=sub . /", script: "mkdir sub k; touch a.c a.h sub/x k/b.c",
            gives: ["f 0644 0:0 a.h ", "d 0755 0:0 k", "f 0644 0:0 k/b.c "]),
        Case(line: "COPY --exclude=b* *.txt /", gives: ["f 0644 0:0 a.txt a"]),
        Case(line: "COPY --exclude=c d/? /n/", gives: ["d 0755 0:0 n", "f 0600 0:0 n/c c"]),
        Case(line: "COPY --exclude=d/c d/? /n/", gives: []),
        Case(line: "COPY --exclude=s* d* /n/", gives: ["d 0755 0:0 n", "f 0600 0:0 n/c c", "l 0:0 n/link -> c"]),
        Case(line: "COPY --exclude=* d* /n", gives: ["d 0755 0:0 n"]),
        // What is neither file, folder nor link.
        Case(
            line: "COPY . /", script: "mkfifo -m 640 p; mknod c c 1 3; mknod b b 7 0; chown 3:4 p c",
            gives: ["b 0644 0:0 b 7,0", "c 0644 0:0 c 1,3", "p 0640 0:0 p"]),
        Case(line: "COPY p /n/", script: "mkfifo p", gives: ["d 0755 0:0 n", "p 0644 0:0 n/p"]),
        Case(
            line: "COPY --from=base /dev /n", base: "mkdir dev; mknod -m 600 dev/console c 5 1; chown 0:5 dev/console",
            gives: ["d 0755 0:0 n", "c 0600 0:5 n/console 5,1"]),
        // Folders on the way.
        Case(
            line: "COPY --parents d/sub/e a.txt /n",
            gives: [
                "d 0755 0:0 n", "f 0644 0:0 n/a.txt a", "d 0700 0:0 n/d", "d 0755 0:0 n/d/sub",
                "f 0644 0:0 n/d/sub/e e",
            ]),
        Case(
            line: "COPY --parents ./d/./s*/** /n/",
            gives: ["d 0755 0:0 n", "d 0755 0:0 n/sub", "f 0644 0:0 n/sub/e e"]),
        Case(
            line: "COPY --parents t/b*/./c/e /n",
            script: "mkdir -p t/b/c/e t/b2/c/e t/a/c/e; touch t/b/c/e/1 t/b2/c/e/2 t/bf",
            gives: [
                "d 0755 0:0 n", "d 0755 0:0 n/c", "d 0755 0:0 n/c/e", "f 0644 0:0 n/c/e/1 ", "f 0644 0:0 n/c/e/2 ",
            ]),
        Case(
            line: "COPY --parents --exclude=**/1 t/*/./**/e /n",
            script: "mkdir -p t/b/c/e t/b2/e; touch t/b/c/e/1 t/b2/e/2",
            gives: [
                "d 0755 0:0 n", "d 0755 0:0 n/c", "d 0755 0:0 n/c/e", "d 0755 0:0 n/e", "f 0644 0:0 n/e/2 ",
            ]),
        Case(line: "COPY --parents none*/./c /n", gives: []),
        Case(line: "COPY --parents none* /n", gives: ["d 0755 0:0 n"]),
        // Several names of a file.
        Case(
            line: "COPY . /n", script: "printf z >z; ln z a; mkdir m; ln z m/b",
            gives: ["d 0755 0:0 n", "f 0644 0:0 n/a z", "d 0755 0:0 n/m", "h n/m/b = n/a", "h n/z = n/a"]),
        Case(
            line: "COPY . /n", script: "printf z >z; ln z a", ignore: ["a"],
            gives: ["d 0755 0:0 n", "f 0644 0:0 n/z z"]),
        // Attributes.
        Case(
            line: "COPY a /", script: "touch a; python3 -c 'import os; os.setxattr(\"a\", \"user.k\", b\"v\")'",
            gives: ["f 0644 0:0 a  user.k=v"]),
        // Folders that are made.
        Case(line: "WORKDIR /w/v", gives: ["d 0755 0:0 w", "d 0755 0:0 w/v"]),
        Case(line: "WORKDIR /w/v", base: "mkdir w", gives: ["d 0755 0:0 w", "d 0755 0:0 w/v"]),
        Case(line: "WORKDIR /w", base: "mkdir v; ln -s v w", gives: []),
        Case(line: "WORKDIR /", gives: []),
    ]

    @Test("Each line adds what BuildKit adds", arguments: cases)
    func adds(_ sample: Case) async throws {
        try await CopyScene.with(sample.script, ignore: sample.ignore, base: sample.base) { scene in
            let lines = try scene.content(sample.line).listing
            #expect(lines == sample.gives)
        }
    }

    @Test("A socket becomes an empty file, with a warning", arguments: ["COPY . /n", "COPY s /n/"])
    func sockets(_ line: String) async throws {
        let script = "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"s\")'; chmod 750 s"
        try await CopyScene.with(script) { scene in
            let warnings = Guarded<[String]>([])
            scene.context = ContextTree(
                folder: scene.folder.file("context"), warn: { text in warnings.withLock { $0.append(text) } })
            for _ in 1...2 {
                let lines = try scene.content(line).listing
                #expect(lines == ["d 0755 0:0 n", "f 0750 0:0 n/s "])
            }
            #expect(warnings.withLock { $0 } == ["s of the build context is a socket, and is copied as an empty file"])
        }
    }

    struct Failure: Sendable, CustomTestStringConvertible {
        let line: String
        var base = ""
        var script = CopyTests.files
        var ignore: [String] = []
        let says: String
        var testDescription: String { "\(line): \(says)" }
    }

    private static let failures: [Failure] = [
        Failure(line: "COPY none /", says: "cannot copy none from the build context: it does not exist"),
        Failure(line: "COPY --from=base none /", says: "cannot copy none from the base: it does not exist"),
        Failure(line: "COPY none a* /", says: "cannot copy none from the build context: it does not exist"),
        Failure(
            line: "COPY none/*.txt /n/",
            says: "cannot copy none/*.txt from the build context: none does not exist"),
        Failure(
            line: "COPY --parents none/*/./x /n/",
            says: "cannot copy none/*/./x from the build context: none does not exist"),
        Failure(
            line: "COPY l* /n/", script: "ln -s none l1; touch l2",
            says: "cannot copy l* from the build context: l1 leads to a file that does not exist"),
        Failure(line: "COPY l /n/", script: "ln -s none l", says: "cannot copy l from the build context: it does not"),
        Failure(line: "COPY --parents none /", says: "cannot copy none from the build context: it does not exist"),
        Failure(line: "COPY --parents none/./a* /", says: "cannot copy none/./a* from the build context"),
        Failure(line: "COPY a.txt/x /", says: "cannot copy a.txt/x from the build context: it does not exist"),
        Failure(
            line: "COPY d/c /", ignore: ["d"],
            says: "cannot copy d/c from the build context: .dockerignore leaves it out; add !d/c to .dockerignore"),
        Failure(line: "COPY to-d /", ignore: ["d"], says: ".dockerignore leaves it out"),
        Failure(
            line: "COPY a.txt b.txt /n",
            says: "cannot copy to /n: there are 2 sources, and it is not a folder; write /n/"),
        Failure(line: "COPY *.txt /n", says: "there are 2 sources"),
        Failure(line: "COPY d /n", base: "touch n", says: "cannot copy to /n: /n is not a folder"),
        Failure(line: "COPY a.txt /n/", base: "touch n", says: "/n is not a folder"),
        Failure(line: "COPY a.txt /n/x", base: "touch n", says: "/n is not a folder"),
        Failure(line: "COPY x /", base: "touch y", says: "/y is not a folder, and the source is one"),
        Failure(line: "COPY x /", base: "ln -s z y", says: "/y is a symbolic link, and the source is a folder"),
        Failure(line: "COPY a.txt /n/", base: "mkdir -p n/a.txt", says: "/n/a.txt is a folder, and the source is not"),
        Failure(line: "COPY d /", base: "mkdir -p sub/e", says: "/sub/e is a folder, and the source is not"),
        Failure(line: "COPY p q /", script: "mkdir -p p/n; mkdir q; touch q/n", says: "has a folder at /n"),
        Failure(line: "COPY a.txt /l/", base: "ln -s l l", says: "/l leads through more than 255 links"),
        Failure(line: "COPY l /", script: "ln -s l l", says: "cannot copy l from the build context: "),
        Failure(line: "COPY [a /", says: "close every ["),
        Failure(line: "COPY --chmod=9 a.txt /", says: "cannot use --chmod=9"),
        Failure(line: "COPY --chown=app a.txt /", says: "cannot use --chown=app: app is not known: the image has no"),
        Failure(
            line: "ADD a.tar /", script: "printf x >x; tar cf a.tar x; head -c 700 a.tar >b; mv b a.tar",
            says: "cannot be unpacked"),
        Failure(line: "WORKDIR /n/m", base: "touch n", says: "cannot make the folder /n/m: /n is not a folder"),
    ]

    @Test("What cannot be done is refused, and why", arguments: failures)
    func refuses(_ sample: Failure) async throws {
        try await CopyScene.with(sample.script, ignore: sample.ignore, base: sample.base) { scene in
            do {
                let lines = try scene.content(sample.line).listing
                Issue.record("it gives \(lines)")
            } catch let error as ImageError {
                #expect(error.description.contains(sample.says), "\(error)")
            }
        }
    }
}
