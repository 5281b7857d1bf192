import Archive
import OCI
import Snapshots
import TestKit
import Testing

@Suite("The times of what a program has written")
struct LayerTimesTests {
    /// What is below.
    private static let low = """
        mkdir -p old/sub full; echo x > old/file; echo y > old/sub/file; ln -s file old/link; touch full/kept
        find . -mindepth 1 -exec touch -hd 2001-02-03T04:05:06 {} +
        """

    struct Case: Sendable, CustomStringConvertible {
        let script: String
        /// The paths whose times are content.
        let content: [String]
        var description: String { script }

        init(_ script: String, _ content: String...) { (self.script, self.content) = (script, content) }
    }

    static let cases = [
        // Made, and when does not matter.
        Case("echo a > new"),
        Case("mkdir new; echo a > new/file; ln -s a new/link; mkfifo new/pipe"),
        Case("echo a > old/file"),
        Case("echo a > old/sub/new"),
        Case("chmod 600 old/file; echo x > old/file"),
        Case("echo x > t; mv t old/file; chmod 640 old/file"),
        // Temporary files come and go.
        Case("echo a > full/temporary; cat full/temporary > old/sub/new; rm full/temporary"),
        Case("rm -r full; mkdir full; touch full/new"),
        // Set by somebody.
        Case("echo a > new; touch -d 2002-02-02 new", "new"),
        Case("echo a > new; touch -d 2002-02-02T02:02:02.25 new", "new"),
        Case("echo a > new; touch -d 2222-02-02 new", "new"),
        Case("echo a > new; touch -d 1960-02-02 new", "new"),
        Case("mkdir new; touch -d 2002-02-02 new", "new"),
        Case("ln -s a new; touch -hd 2002-02-02 new", "new"),
        Case("cp -p old/file new", "new"),
        Case("cp -a old/sub new", "new", "new/file"),
        Case("mv old/file new", "new"),
        Case("touch -d 2002-02-02 old/file", "old/file"),
        Case("touch -d 2002-02-02 old/sub", "old/sub"),
        Case("tar c old/file | tar x -C full", "full/old/file"),
        // The time is the change.
        Case("touch old/file", "old/file"),
        Case("echo x > old/file", "old/file"),
        Case("touch -h old/link", "old/link"),
        Case("touch old/sub", "old/sub"),
        Case("touch old old/sub", "old", "old/sub"),
        Case("touch old/sub; touch old/sub/file", "old/sub", "old/sub/file"),
        // Left as it is below.
        Case("chmod 600 old/file old/sub", "old/file", "old/sub"),
        Case("chown -R 7:8 full", "full", "full/kept"),
        Case("touch -d 2002-02-02 old/sub/file", "old/sub/file"),
    ]

    @Test("are content where an author has set them, as in", arguments: cases)
    func judged(_ example: Case) async throws {
        try await LayerScene.with { scene in
            try await scene.shell(in: "low", Self.low)
            let low = scene.path("low")
            let start = FileStamp.now
            let upper = try await scene.overlay([low], example.script)
            let run = RunPeriod(start: start, end: FileStamp.now)
            var content = try LayerContent(upper: upper)
            try content.judgeTimes(in: upper, of: run, over: [low], [.allContent], with: scene.digests())
            let found = content.entries.filter(\.isTimeContent).map { "\($0.path)" }
            let unchanged: String = try await scene.shell(
                in: "upper", "find . -mindepth 1 -type d ! -newermt 2001-02-03T04:05:06 -printf '%P\\n'")
            let expected = Set(example.content)
            #expect(expected.subtracting(found).isEmpty, "found \(found)")
            let unexpected = Set(found).subtracting(expected).subtracting(
                unchanged.split(separator: "\n").map(String.init))
            #expect(unexpected.isEmpty)
        }
    }

    @Test func `are no more content than they are below, where a program leaves or moves them`() async throws {
        try await LayerScene.with { scene in
            let start = FileStamp.now
            try await scene.shell(in: "low", "mkdir made; echo x > made/file; echo y > made/other")
            let earlier = RunPeriod(start: start, end: FileStamp.now)
            var low = try LayerContent(upper: scene.path("low"))
            let digests = scene.digests()
            try low.judgeTimes(in: scene.path("low"), of: earlier, over: [], [], with: digests)
            #expect(low.entries.allSatisfy { !$0.isTimeContent })
            try await scene.shell("sleep 1.1")
            let upper = try await scene.overlay(
                [scene.path("low")], "mv made/file moved; cp -p made/other copied; chmod 600 made/other")
            var content = try LayerContent(upper: upper)
            let times = LayerTimes(of: low, madeIn: [earlier])
            let later = RunPeriod(start: FileStamp.now, end: FileStamp.now)
            try content.judgeTimes(in: upper, of: later, over: [scene.path("low")], [times], with: digests)
            for path in ["moved", "copied", "made/other"] {
                #expect(content.entry(path)?.isTimeContent == false, "\(path)")
            }
        }
    }

    @Test func `are remembered`() throws {
        for content in [[true, true, false], [false, true, false], [true, true, true], []] {
            let entries = try content.enumerated().map { number, isContent in
                try LayerContent.Entry(
                    TarPath("a\(number)/\u{e4} \n"), .fifo, mode: 0o600, isTimeContent: isContent)
            }
            let runs = [RunPeriod(start: -5, end: 7), RunPeriod(start: 9, end: 10)]
            let times = LayerTimes(of: LayerContent(entries), madeIn: runs.reversed())
            let read = LayerTimes(record: times.record)
            #expect(read == times)
            #expect(read.runs == runs)
            for entry in entries { #expect(read.isContent(at: entry.path) == entry.isTimeContent) }
        }
    }
}
