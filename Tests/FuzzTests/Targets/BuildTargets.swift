import BuildPlan
import DockerfileLanguage
import JSON
import OCI

/// What a build reads.
enum BuildTargets {
    /// Reads a file and does everything that can be done with it.
    static func dockerfile(_ bytes: [UInt8]) throws {
        let file: Dockerfile
        do {
            file = try Dockerfile(parsing: bytes)
        } catch {
            try check(error.range)
            try check(error)
            return
        }
        let platform = Platform(os: "linux", architecture: "amd64")
        let given = BuildArguments(buildPlatform: platform, targetPlatform: platform)
        for note in file.notes { try check(note.range) }
        guard let globals = try? GlobalScope(of: file, target: file.target(nil), given: given) else { return }
        for stage in file.stages {
            try check(stage.from.range)
            _ = try? globals.base(of: stage.from)
            var scope = StageScope(image: [:], globals: globals)
            for instruction in stage.instructions {
                try check(instruction.range)
                try? scope.apply(instruction)
                for heredoc in instruction.heredocs {
                    try check(heredoc.range)
                    _ = try? heredoc.expanded(in: scope.environment)
                }
                for word in instruction.words {
                    try check(word.range)
                    _ = try? word.expanded(in: scope.environment)
                }
                if case .run(let run) = instruction.content { _ = run.script }
            }
        }
    }

    private static func check(_ error: DockerfileError) throws {
        try promise(error.rendering.utf8.count < 64 << 10, "an excerpt is long")
    }

    /// A range is in its file, and not from behind.
    private static func check(_ range: SourceRange) throws {
        let lines = range.source.lines
        let isInside = { (position: SourcePosition) in
            let length = lines.indices.contains(position.line - 1) ? lines[position.line - 1].unicodeScalars.count : 0
            return (1...max(1, lines.count)).contains(position.line) && (1...length + 1).contains(position.column)
        }
        try promise(
            isInside(range.start) && isInside(range.end) && range.start <= range.end,
            "\(range.start) to \(range.end) is not in the file")
    }

    static func plan(_ bytes: [UInt8]) async throws {
        guard let file = try? Dockerfile(parsing: bytes) else { return }
        let runtime: JSONValue = ["Env": ["PATH=/bin", "A=1"], "OnBuild": ["RUN trigger $A", "ARG B=2"]]
        try await plan(file, configuration: JSONObject([JSONObject.Member("config", runtime)]))
    }

    /// The configuration of an image that another is made from.
    static func configuration(_ bytes: [UInt8]) async throws {
        guard let value = try? JSONValue(parsing: bytes) else { return }
        _ = try? Platform(json: value, at: .root)
        guard let configuration = try? ImageConfiguration(json: value) else { return }
        let text = """
            FROM base AS one
            RUN echo $PATH
            WORKDIR here
            ENV a=$PATH
            LABEL b=c
            EXPOSE 80
            VOLUME /v
            USER $USER
            COPY x .
            FROM one
            CMD run
            ONBUILD RUN later
            """
        try await plan(try Dockerfile(parsing: text.utf8), configuration: configuration.json)
    }

    private static func plan(_ file: Dockerfile, configuration: JSONObject) async throws {
        let request = BuildRequest(
            dockerfile: file,
            platforms: [
                Platform(os: "linux", architecture: "amd64"), Platform(os: "linux", architecture: "arm", variant: "v7"),
            ],
            buildPlatform: Platform(os: "linux", architecture: "amd64"), arguments: ["GIVEN": "$x"],
            contexts: ["folder": .folder, "other": .image("docker.io/library/other")],
            labels: [("label", "value")])
        do {
            let build = try await PlannedBuild(request, images: OneImage(configuration: configuration))
            for (place, step) in build.steps.enumerated() {
                try promise((step.base ?? -1) < place, "a step comes before what it needs")
            }
            for image in build.images {
                try promise((image.step ?? 0) < max(1, build.steps.count), "an image has a step that is not there")
                _ = image.configuration.json
            }
            _ = try? request.settling(epoch: 0).sourceDateEpoch()
        } catch let error as DockerfileError {
            try check(error)
        } catch is ImageError {}
    }

    /// Every image there is.
    private struct OneImage: BaseImages {
        let configuration: JSONObject

        func image(for request: BaseImage.Request) async throws -> BaseImage {
            guard !request.reference.hasPrefix("no") else {
                throw ImageError(.notFound, "cannot find \(request.reference)", "it is not there")
            }
            let digest = Digest(of: Array(request.reference.utf8))
            let layer = BaseImage.Layer(
                descriptor: Descriptor(
                    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: digest, size: 1),
                diffID: digest)
            return BaseImage(
                name: request.reference, manifest: digest, platform: request.platform,
                configuration: try ImageConfiguration(json: .object(configuration)), layers: [layer])
        }
    }

    static func ignoreFile(_ bytes: [UInt8]) {
        guard let patterns = try? PathPatterns(ignoreFile: bytes) else { return }
        for path in ["a", "a/b/c", "node_modules/x.js", ".git", "é/\u{FF}", String(repeating: "a/", count: 100) + "a"] {
            _ = patterns.excludes(path)
            let verdict = patterns.verdict(on: path, below: patterns.root)
            _ = patterns.excludesEverything(below: path, verdict)
        }
    }
}
