import Archive
import Concurrency
import Foundation
import Snapshots
import TestKit
import Testing

@Suite("What a copy asks of the tree below")
struct CopyFactsTests {
    private struct Recorder: BaseSnapshot {
        let base: StackView
        let questions = Guarded<[String]>([])

        func fact(_ path: String) throws -> PathStatus {
            questions.withLock { $0.append(path) }
            return try base.fact(path)
        }

        func entry(_ path: String) throws -> LayerContent.Entry? { try base.entry(path) }
    }

    @Test(
        "It asks only what the result depends on, once, and a folder before what is in it",
        arguments: [
            ("COPY d /n/m", "", ["/n"]),
            ("COPY d /n/m", "mkdir n", ["/n", "/n/m"]),
            ("COPY d /n", "mkdir n", ["/n", "/n/a", "/n/b"]),
            ("COPY d /", "mkdir b", ["/a", "/b", "/b/c"]),
            ("COPY d /l/", "mkdir -p n/b; ln -s n l", ["/l", "/n", "/n/a", "/n/b", "/n/b/c"]),
            ("COPY d/a /n/", "mkdir n", ["/n", "/n/a"]),
            ("COPY --link d /n/m", "mkdir n", []),
        ] as [(String, String, [String])])
    func asks(_ line: String, _ base: String, _ questions: [String]) async throws {
        try await CopyScene.with("mkdir -p d/b; touch d/a d/b/c", base: base) { scene in
            let recorder = Recorder(base: scene.base)
            let words = line.split(separator: " ").map(String.init)
            let operation = CopyOperation(
                sources: [.tree(.context(scene.context), path: words[words.count - 2])], destination: words.last ?? "",
                isLinked: words.contains("--link"))
            _ = try operation.content(onto: recorder, scratch: "")
            #expect(recorder.questions.withLock { $0 } == questions)
        }
    }

    @Test("A context that was walked stays as it was for this build")
    func remembers() async throws {
        try await CopyScene.with("mkdir d; touch d/a") { scene in
            let first = try scene.content("COPY d /n").listing
            _ = FileManager.default.createFile(atPath: scene.folder.file("context") + "/d/b", contents: nil)
            let second = try scene.content("COPY d /n").listing
            #expect(first == second)
        }
    }

    @Test(
        "A bind mount shows a path as it is",
        arguments: [
            ("", ["d 0700 0:0 d", "f 0644 0:0 d/a[1] ", "l 0:0 d/to-a -> a[1]", "l 0:0 l -> d"]),
            ("d", ["f 0644 0:0 a[1] ", "l 0:0 to-a -> a[1]"]),
            ("/l", ["f 0644 0:0 a[1] ", "l 0:0 to-a -> a[1]"]), ("d/a[1]", ["f 0644 0:0 a[1] "]),
            ("d/to-a", ["f 0644 0:0 a[1] "]),
        ])
    func selections(_ path: String, _ lines: [String]) async throws {
        try await CopyScene.with("mkdir -m 700 d; touch 'd/a[1]'; ln -s d l; ln -s 'a[1]' d/to-a") { scene in
            let found = try Selection(.context(scene.context), path: path).content().listing
            #expect(found == lines)
        }
    }

    @Test("A file whose name is not UTF-8 is copied with its content")
    func otherNames() async throws {
        try await CopyScene.with("mkdir \"$(printf 'd\\377')\"; printf x >\"$(printf 'd\\377/f\\376')\"") { scene in
            let entries = try scene.content("COPY . /").entries
            #expect(entries.map(\.path.bytes) == [[0x64, 0xFF], [0x64, 0xFF, 0x2F, 0x66, 0xFE]])
            #expect(entries.last?.kind == .file(.bytes([0x78])))
        }
    }
}
