import Foundation
import JSON
import TestKit
import Testing

@Suite("imgtool build du and prune", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct PruneTests {
    /// A cache that has one of everything, and more of layers.
    private func used(_ body: (CacheScene, [String]) async throws -> Void) async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context(
                "app",
                """
                FROM busybox
                COPY Dockerfile /
                RUN --mount=type=cache,target=/var/cache/x,id=things echo made > /made
                """)
            try await scene.build(build)
            try await body(scene, build)
        }
    }

    private func entries(_ scene: CacheScene, _ words: String...) async throws -> [JSONValue] {
        let outcome = try await Tool.imgtool.run(["build"] + words, environment: scene.environment())
        #expect(outcome.status == 0, "\(outcome.error)")
        return try JSONValue(parsing: outcome.outputBytes)["entries"]?.array ?? []
    }

    private func kinds(_ entries: [JSONValue]) -> Set<String> { Set(entries.compactMap { $0["kind"]?.string }) }

    @Test func `show nothing where nothing was built, and make nothing`() async throws {
        try await CacheScene.with { scene in
            let usage = try await scene.succeeds("build", "du")
            #expect(usage.hasSuffix("\ntotal         0 B\n"))
            let removed = try await scene.succeeds("build", "prune", "--all")
            #expect(removed == "")
            #expect(!scene.folder.has("cache"))
        }
    }

    @Test func `du shows each thing with its kind, size and times, and sums`() async throws {
        try await used { scene, _ in
            let json = try JSONValue(parsing: Array(try await scene.succeeds("build", "du", "--format", "json").utf8))
            let all = json["entries"]?.array ?? []
            #expect(kinds(all) == ["layers", "blobs", "mounts", "images", "digests"])
            let mounts = all.filter { $0["kind"]?.string == "mounts" }
            #expect(mounts.map { $0["name"]?.string } == ["things"])
            let now = Date.now.formatted(.iso8601).prefix(10)
            for entry in all {
                #expect((entry["size"]?.integer ?? 0) > 0)
                #expect(entry["orphan"] == false)
                #expect(entry["created"]?.string?.prefix(10) == now)
                #expect((entry["lastUsed"]?.string ?? "") >= (entry["created"]?.string ?? "~"))
            }
            let sum = all.reduce(0) { $0 + ($1["size"]?.integer ?? 0) }
            #expect(json["size"]?.integer == sum)
            #expect(json["sizes"]?.object?.members.reduce(0) { $0 + ($1.value.integer ?? 0) } == sum)
            let text = try await scene.succeeds("build", "du").split(separator: "\n")
            #expect(text.count == 1 + all.count + 5 + 1)
            #expect(text[0].split(separator: " ") == ["KIND", "NAME", "SIZE", "CREATED", "LAST", "USED"])
            #expect(
                try await scene.succeeds("build", "du", "--format", "{{.Kind}} {{.Name}}").contains("mounts things\n"))
        }
    }

    @Test func `prune keeps what was just used, and without a tty asks nothing`() async throws {
        try await used { scene, build in
            let before = try await entries(scene, "du", "--format", "json")
            let outcome = try await scene.imgtool("build", "prune")
            #expect(outcome.output == "")
            #expect(outcome.error.hasPrefix("removed nothing, 0 B; "))
            #expect(try await entries(scene, "du", "--format", "json") == before)
        }
    }

    @Test func `prune --all leaves nothing, and the next build makes the same`() async throws {
        try await used { scene, build in
            let digest = try await scene.build(build)
            let rehearsal = try await scene.imgtool("build", "prune", "--all", "--dry-run")
            #expect(rehearsal.error.hasPrefix("would remove "))
            let outcome = try await scene.imgtool("build", "prune", "--all", "--force")
            #expect(outcome.output == rehearsal.output)
            #expect(outcome.error.hasPrefix("removed ") && outcome.error.hasSuffix("; 0 B left\n"))
            #expect(try await entries(scene, "du", "--format", "json") == [])
            #expect(try await scene.build(build) == digest)
        }
    }

    @Test(
        "prune removes what no build has used for a while, and blobs and layers one by one",
        arguments: [
            ["--older-than", "48h"], ["--older-than", "2d"], ["--filter", "until=48h"], ["--filter=until=24h"],
        ])
    func age(flags: [String]) async throws {
        try await used { scene, build in
            try await age(scene, days: 3, where: "id IN (SELECT id FROM layers LIMIT 1)")
            let old = try await entries(scene, "du", "--format", "json").filter { entry in
                (entry["lastUsed"]?.string ?? "~") < Date.now.addingTimeInterval(-48 * 3600).formatted(.iso8601)
            }
            #expect(!old.isEmpty)
            let outcome = try await Tool.imgtool.run(["build", "prune"] + flags, environment: scene.environment())
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(outcome.output.split(separator: "\n").count == old.count)
            try await scene.build(build)
        }
    }

    @Test func `prune without flags removes what was not used for a week`() async throws {
        try await used { scene, build in
            let digest = try await scene.build(build)
            try await age(scene, days: 8, where: "1")
            let mount = try #require(scene.cacheMount)
            try await Tool("touch").output("-d", "8 days ago", scene.folder.file("cache/mounts/\(mount).id"))
            try await scene.succeeds("build", "prune")
            #expect(kinds(try await entries(scene, "du", "--format", "json")) == ["images", "digests"])
            #expect(try await scene.build(build) == digest)
        }
    }

    /// Makes layers look as if they were last used some days ago.
    private func age(_ scene: CacheScene, days: Int, where condition: String) async throws {
        let script = """
            import sqlite3, sys
            with sqlite3.connect(sys.argv[1]) as cache:
                cache.execute("UPDATE layers SET used = used - \(days * 86400) WHERE \(condition)")
            """
        try await Tool("python3").output("-c", script, scene.folder.file("cache/cache.db"))
    }

    @Test func `a build that finds everything makes it look used`() async throws {
        try await used { scene, build in
            try await age(scene, days: 8, where: "1")
            try await scene.build(build)
            let now = Date.now.formatted(.iso8601).prefix(10)
            let layers = try await entries(scene, "du", "--format", "json").filter { $0["kind"]?.string == "blobs" }
            #expect(!layers.isEmpty)
            for layer in layers { #expect(layer["lastUsed"]?.string?.prefix(10) == now) }
        }
    }

    @Test func `prune --keep-storage removes no more than it must`() async throws {
        try await used { scene, _ in
            let all = try await entries(scene, "du", "--format", "json")
            let size = all.reduce(0) { $0 + ($1["size"]?.integer ?? 0) }
            #expect(try await entries(scene, "prune", "--format", "json", "--keep-storage", "\(size)") == [])
            #expect(try await entries(scene, "prune", "--format", "json", "--keep-storage", "\(size - 1)").count == 1)
            try await scene.succeeds("build", "prune", "--keep-storage", "0", "--kind", "layers,blobs")
            #expect(kinds(try await entries(scene, "du", "--format", "json")) == ["mounts", "images", "digests"])
        }
    }

    @Test("prune --kind removes that kind only", arguments: ["layers", "blobs", "mounts", "images", "digests"])
    func kind(name: String) async throws {
        try await used { scene, build in
            let digest = try await scene.build(build)
            #expect(kinds(try await entries(scene, "prune", "--all", "--kind", name, "--format", "json")) == [name])
            #expect(try await scene.build(build) == digest)
        }
    }

    @Test func `prune always removes what no build can find`() async throws {
        try await used { scene, build in
            let digest = try await scene.build(build)
            let hex = String(repeating: "ab", count: 32)
            try scene.folder.write("cache/layers/\(hex)/fs/file", text: "x")
            try scene.folder.write("cache/layers/.removed-\(hex)/fs/file", text: "x")
            try scene.folder.write("cache/blobs/\(hex)", text: "x")
            try scene.folder.write("cache/images/.new-1", text: "x")
            try scene.folder.write("cache/mounts/\(hex).id", text: "x")
            try scene.folder.write("cache/tmp/1-killed/file", text: "x")
            let orphans = try await entries(scene, "du", "--format", "json").filter { $0["orphan"] == true }
            #expect(orphans.count == 5)
            #expect(try await entries(scene, "prune", "--format", "json").count == 5)
            #expect(scene.folder.names(in: "cache/tmp") == [])
            #expect(!scene.folder.files().contains { $0.contains(hex) })
            #expect(try await scene.build(build) == digest)
        }
    }

    @Test func `cache mounts can be told by their ids, and outlive everything else`() async throws {
        try await used { scene, build in
            try await scene.succeeds("build", "prune", "--all", "--kind", "layers", "--kind", "blobs")
            #expect(try await scene.succeeds("build", "du").contains("mounts   things "))
        }
    }

    @Test(
        "refuse what they do not know",
        arguments: [
            (["prune", "--kind", "things"], "cannot use --kind things"), (["prune", "--filter", "x=y"], "until=24h"),
            (["prune", "--older-than", "soon"], "cannot read --older-than soon"),
            (["prune", "--keep-storage", "much"], "cannot read --keep-storage much"),
            (["prune", "--bogus"], "--bogus"),
            (["du", "--format", "{{"], "cannot read --format"), ([".", "prune"], "prune comes right after build"),
        ])
    func refusal(words: [String], reason: String) async throws {
        try await CacheScene.with { scene in
            let outcome = try await Tool.imgtool.run(["build"] + words, environment: scene.environment())
            #expect(outcome.status == 2)
            #expect(outcome.error.contains(reason), "\(outcome.error)")
            #expect(!scene.folder.has("cache"))
        }
    }

    @Test("explain themselves", arguments: ["du", "prune"])
    func help(name: String) async throws {
        for words in [["build", name, "--help"], ["help", "build", name]] {
            let help = try await Tool.imgtool.run(words)
            #expect(help.output.contains("USAGE: imgtool build \(name) "))
        }
        #expect(try await Tool.imgtool.output("build", "--help").contains("\n  \(name)  "))
    }
}
