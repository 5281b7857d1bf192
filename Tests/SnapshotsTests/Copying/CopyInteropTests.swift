import Foundation
import Snapshots
import TestKit
import Testing

@Suite("COPY, ADD and WORKDIR beside buildah")
struct CopyInteropTests {
    // No file has a set-uid bit: buildah takes those of a context away, where BuildKit keeps them.
    private static let script = """
        printf a >a.txt; printf b >b.txt; chmod 755 b.txt; mkdir -m 700 d; printf c >d/c; chmod 600 d/c
        mkdir -p d/sub/deep; printf e >d/sub/e; ln -s c d/link; ln -s d to-d; ln -s a.txt to-a; chown -h 5:6 a.txt d/link
        mkdir -p in/k; printf x >in/k/x; chown 3:4 in/k/x; chmod 711 in/k; ln -s k/x in/l; tar cf in.tar -C in .
        gzip -k in.tar; bzip2 -k in.tar; xz -k in.tar; printf t | gzip >text.gz; rm -r in; touch 'sp[1]' z-1 z-2
        mkdir -p o/d/sub; printf o >o/d/new; chmod 711 o/d/sub; mkdir -p w/one w/two; touch w/one/1 w/two/2
        """

    /// Each in a folder of its own, which the lines know as "N".
    private static let cases: [[String]] = [
        ["COPY a.txt N/x"],
        ["COPY a.txt b.txt N/"],
        ["COPY a.txt N/p/q/"],
        ["COPY d N/x"],
        ["COPY d N/x/"],
        ["COPY d a.txt N/x/"],
        ["COPY to-d N/x"],
        ["COPY to-a N/x/"],
        ["COPY to-a N/x"],
        ["COPY d/link N/x/"],
        ["COPY to-d/sub/e N/x"],
        ["COPY *.txt N/x/"],
        ["COPY z-? a.tx[s-u] N/x/"],
        ["COPY w/* N/x/"],
        ["COPY */c N/x/"],
        ["COPY --chown=7:8 d N/x"],
        ["COPY --chown=7:8 a.txt N/p/x"],
        ["COPY --chown=7 a.txt N/x"],
        ["WORKDIR N/", "COPY --chmod=640 a.txt N/x"],
        ["COPY . N/x"],
        ["COPY a.txt N/x/", "COPY b.txt N/x"],
        ["COPY a.txt N/x", "COPY b.txt N/x"],
        ["COPY d N/x/d", "COPY o N/x"],
        ["COPY d N/x", "COPY --chown=7:8 w N/x"],
        ["WORKDIR N/p/q"],
        ["WORKDIR N/p", "COPY a.txt N/p/x", "WORKDIR N/p"],
        ["ADD in.tar N/x"],
        ["ADD in.tar.gz N/x/"],
        ["ADD in.tar.bz2 N/x"],
        ["ADD in.tar.xz N/x"],
        ["ADD text.gz N/x/"],
        ["ADD d N/x"],
        ["ADD a.txt in.tar N/x/"],
        ["COPY in.tar N/x/"],
    ]

    @Test("The same lines make the same trees: paths, modes, owners, links and content")
    func sameTrees() async throws {
        try await CopyScene.with(Self.script) { scene in
            let lines = Self.cases.enumerated().flatMap { index, lines in
                lines.map { $0.replacingOccurrences(of: "N/", with: "/\(index)/") }
            }
            for line in lines { try scene.carryOut(line) }
            let ours = try Selection(.stack(scene.base), path: "/").content().listing
            let theirs = try await Self.built(lines, scene.folder)
            for (index, lines) in Self.cases.enumerated() {
                let isOfCase = { (line: String) in
                    line.split(separator: " ").contains { $0 == "\(index)" || $0.hasPrefix("\(index)/") }
                }
                #expect(ours.filter(isOfCase) == theirs.filter(isOfCase), "\(lines)")
            }
        }
    }

    /// What buildah makes of the lines.
    private static func built(_ lines: [String], _ folder: TemporaryFolder) async throws -> [String] {
        let dockerfile = folder.file("Dockerfile")
        try ("FROM scratch\n" + lines.joined(separator: "\n") + "\n")
            .write(toFile: dockerfile, atomically: true, encoding: .utf8)
        let store = [
            "--root", folder.file("storage"), "--runroot", folder.file("run"), "--storage-driver", "vfs",
        ]
        func buildah(_ arguments: String...) async throws -> String {
            try await Tool("buildah").output(arguments: store + arguments)
        }
        _ = try await buildah(
            "bud", "--isolation", "chroot", "--layers=false", "-q", "-t", "t", "-f", dockerfile, folder.file("context"))
        let container = try await buildah("from", "t")
        let root = try await buildah("mount", container)
        return try Selection(.stack(StackView(folder: root, name: "buildah's")), path: "/").content().listing
    }
}
