import Foundation
import TestKit
import Testing

@Suite("Two builds of the same with SOURCE_DATE_EPOCH", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct ReproductionTests {
    @Test func `give the same index, whatever caches and time stamps they have`() async throws {
        let dockerfile = """
            FROM busybox AS made
            RUN mkdir /made && seq 100 > /made/numbers && ln /made/numbers /made/again
            FROM busybox
            WORKDIR /work
            COPY --chown=1000:1000 . /context/
            COPY --from=made /made /made
            RUN rm /bin/true && echo new > /bin/new && chmod 700 /context
            """
        try await CacheScene.with { scene in
            var digests: [String] = []
            for name in ["one", "two"] {
                let build = try await scene.context(name, dockerfile)
                for number in 0..<20 { try scene.folder.write("\(name)/\(number % 3)/\(number)", text: "\(number)") }
                // Files that are newer than the moment, by years.
                let time = name == "one" ? "2024-01-02 03:04:05" : "2025-06-07 08:09:10"
                try await Tool("find").output(
                    scene.folder.file(name), "-exec", "touch", "-d", time, "{}", "+")
                digests.append(
                    try await scene.build(
                        build + ["--annotation", "index:made=twice"], cache: scene.folder.file("cache-\(name)")))
            }
            #expect(digests[0] == digests[1])
            #expect(digests[0].hasPrefix("sha256:"))
        }
    }
}
