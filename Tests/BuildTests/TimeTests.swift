import Foundation
import TestKit
import Testing

/// Builds one Dockerfile after the other with one cache, in a context with the files `a` and `b`.
private struct TimeScene: Sendable {
    let builder: Builder
    private var context: String { builder.file("context") }
    private var output: String { builder.file("output") }

    static func with(copiesLayers: Bool, _ body: (TimeScene) async throws -> Void) async throws {
        try await Builder.with { builder in
            var builder = builder
            builder.copiesLayers = copiesLayers
            let scene = TimeScene(builder: builder)
            try await Tool("mkdir").output(scene.context)
            try await scene.change("echo a > a; echo b > b; touch -d 2010-01-01 a b")
            try await body(scene)
        }
    }

    /// Runs a shell script in the context.
    func change(_ script: String) async throws {
        try await Tool("sh").output("-euc", "cd \(context); \(script)")
    }

    /// Builds a Dockerfile that starts from busybox.
    ///
    /// - Returns: The steps that were run, as in "RUN true".
    @discardableResult
    func build(_ steps: String..., flags: [String] = []) async throws -> [String] {
        let dockerfile = builder.file("Dockerfile")
        try Data((["FROM busybox"] + steps + [""]).joined(separator: "\n").utf8).write(to: URL(filePath: dockerfile))
        try await Tool("rm").output("-rf", output)
        let log = try await builder.build(
            flags + ["-f", dockerfile, "-o", "type=local,dest=\(output)"], context: context)
        let lines = log.split(separator: "\n")
        return lines.filter { $0.contains(" DONE ") }.compactMap { done in
            let title = lines.first { $0.hasPrefix(done.prefix { $0 != " " } + " [") }
            return title?.split(separator: "] ", maxSplits: 1).last.map(String.init)
        }
    }

    /// The days when files of the result were changed.
    func days(_ paths: String...) async throws -> [String] {
        try await Tool("stat").output(arguments: ["-c", "%y"] + paths.map { "\(output)/\($0)" })
            .split(separator: "\n").map { String($0.prefix { $0 != " " }) }
    }

    /// Whether a file of the result was changed no longer ago than this test began, give or take a day.
    func isNew(_ path: String) async throws -> Bool {
        try await Tool("find").output("\(output)/\(path)", "-mtime", "-1") != ""
    }

    func content(_ path: String) async throws -> String { try await Tool("cat").output("\(output)/\(path)") }
}

@Suite("The times of files", .enabled(if: Machine.canBuild))
struct TimeTests {
    @Test("are those that a step sets, whatever was built before", arguments: [false, true])
    func dates(copiesLayers: Bool) async throws {
        try await TimeScene.with(copiesLayers: copiesLayers) { scene in
            for day in ["2001-01-01", "2005-05-05"] {
                try await scene.build(
                    "RUN echo hi > /x && touch -d '\(day) 12:00' /x && mkdir /d && touch -d '\(day) 12:00' /d")
                #expect(try await scene.days("x", "d") == [day, day])
            }
            try await scene.build("RUN echo hi > /x && mkdir /d")
            #expect(try await scene.isNew("x"))
        }
    }

    @Test("are all that some steps change", arguments: [false, true])
    func changes(copiesLayers: Bool) async throws {
        try await TimeScene.with(copiesLayers: copiesLayers) { scene in
            try await scene.build(
                "RUN mkdir /b && touch -d '2002-02-02 12:00' /b/x", "RUN touch -d '2003-03-03 12:00' /b/x")
            #expect(try await scene.days("b/x") == ["2003-03-03"])
            try await scene.build("COPY a /a")
            #expect(try await scene.days("a") == ["2010-01-01"])
            try await scene.build("COPY a /a", "RUN touch -d '2004-04-04 12:00' /a")
            #expect(try await scene.days("a") == ["2004-04-04"])
            try await scene.build("COPY a /a", "RUN touch /a")
            #expect(try await scene.isNew("a"))
            try await scene.build("RUN echo a > /a")
            #expect(try await scene.isNew("a"), "the layer of the COPY has the same bytes")
        }
    }

    @Test func `are those of an archive, and of the stage that a file is from`() async throws {
        try await TimeScene.with(copiesLayers: false) { scene in
            for day in ["2001-01-01", "2005-05-05"] {
                try await scene.change("touch -d '\(day) 12:00' b; tar cf archive.tar b")
                try await scene.build(
                    "RUN echo x > /x && touch -d '\(day) 12:00' /x && mkdir /y && cp -p /x /y/z", "FROM scratch",
                    "COPY --from=0 /x /y /", "ADD archive.tar /in/")
                #expect(try await scene.days("x", "z", "in/b") == [day, day, day])
            }
        }
    }

    @Test("do not run a step again where the same has been made anew", arguments: [false, true])
    func cutoff(copiesLayers: Bool) async throws {
        try await TimeScene.with(copiesLayers: copiesLayers) { scene in
            func build(_ number: Int) async throws -> [String] {
                try await scene.build(
                    "COPY a /number", "RUN mkdir /made && echo x > /made/x && touch /tmp/t && rm /tmp/t /number",
                    "RUN mv /made/x /made/moved && cp -p /made/moved /made/copied", "RUN chmod 700 /made/moved",
                    "FROM busybox", "COPY --from=0 /made /made", "RUN echo above > /above")
            }
            #expect(try await build(1).count == 6)
            try await scene.change("echo other > a")
            // The layers of the first stage are others, what is copied of it is not.
            #expect(try await build(2).filter { $0.contains("above") || $0.contains("/above") } == [])
        }
    }

    /// What make does: compiles each source that is newer than what was made of it, and notes it down.
    private static func make(_ output: String, log: String) -> String {
        "for s in a b; do [ \(output)/$s.o -nt /src/$s ] || { cp /src/$s \(output)/$s.o; echo $s >> \(log); }; done"
    }

    @Test func `let make work with what earlier steps have made`() async throws {
        try await TimeScene.with(copiesLayers: false) { scene in
            let first = Self.make("/out", log: "/first")
            let second = Self.make("/out", log: "/second")
            try await scene.build("COPY a b /src/", "RUN mkdir /out; \(first)", "RUN touch /second; \(second)")
            #expect(try await scene.content("first") == "a\nb")
            #expect(try await scene.content("second") == "")
            for touch in ["touch /src/b", "echo b > /src/b"] {
                try await scene.build("COPY a b /src/", "RUN mkdir /out; \(first)", "RUN \(touch)", "RUN \(second)")
                #expect(try await scene.content("second") == "b")
            }
        }
    }

    @Test func `let make work with what it has kept in a cache mount`() async throws {
        try await TimeScene.with(copiesLayers: false) { scene in
            func build(_ argument: String) async throws -> String {
                try await scene.build(
                    "COPY a b /src/", "ARG X",
                    "RUN --mount=type=cache,target=/out touch /log; \(Self.make("/out", log: "/log")); cat /out/* > /all",
                    flags: ["--build-arg", "X=\(argument)"])
                return try await scene.content("log")
            }
            #expect(try await build("1") == "a\nb")
            #expect(try await build("2") == "", "the sources are as old as they were")
            // The shell of busybox compares whole seconds.
            try await scene.change("echo new > b; sleep 1.1")
            #expect(try await build("2") == "b")
            #expect(try await scene.content("all") == "a\nnew")
            #expect(try await build("3") == "")
        }
    }
}
