import BuildPlan
import DockerfileLanguage
import JSON
import OCI

/// Plans a build on an amd64 machine.
func plan(
    _ dockerfile: String, for platforms: [String] = ["linux/amd64"], images: Images = Images(),
    _ change: (inout BuildRequest) -> Void = { _ in }
) async throws -> PlannedBuild {
    var request = BuildRequest(
        dockerfile: try Dockerfile(parsing: dockerfile.utf8),
        platforms: try platforms.map { try Platform(parsing: $0).normalized },
        buildPlatform: Platform(os: "linux", architecture: "amd64"))
    change(&request)
    return try await PlannedBuild(request, images: images)
}

/// The three platforms of most tests.
let three = ["linux/amd64", "linux/arm64", "linux/arm/v7"]

extension PlannedBuild {
    /// The steps, one a line with its place, the place of the step below it, and what it does; at last the step that
    /// each platform's image ends in.
    var rendering: String {
        let lines = steps.enumerated().map { place, step in
            let base = step.base.map { "\($0) " } ?? ""
            return "\(place): \(base)\(step.work.rendering)"
        }
        let ends = images.map { "\($0.platform.short)=\($0.step.map { "\($0)" } ?? "-")" }
        return (lines + [ends.joined(separator: " ")]).joined(separator: "\n")
    }

    /// The messages of the notes, each behind its line.
    var noteLines: [String] { notes.map { "\($0.range.start.line): \($0.rule.rawValue): \($0.message)" } }

    /// The environment of every RUN, without `PATH`.
    var environments: [[String]] {
        runs.map { $0.environment.filter { !$0.hasPrefix("PATH=") } }
    }

    var runs: [RunWork] { steps.compactMap { if case .run(let run) = $0.work { run } else { nil } } }

    /// `config` of the first image as JSON, without an `Env` that only has the base image's `PATH`.
    var config: String {
        var configuration = images[0].configuration
        if configuration.strings("Env") == ["PATH=/bin"] { configuration[runtime: "Env"] = nil }
        return configuration["config"]?.text(.legible) ?? ""
    }

    /// The first image's history, what made no layer in parentheses.
    var history: [String] {
        images[0].history.map { item in
            let text = item.entry["created_by"]?.string ?? ""
            return item.entry["empty_layer"] == true ? "(\(text))" : text
        }
    }
}

extension Platform {
    /// Without the operating system.
    var short: String { variant.map { "\(architecture)/\($0)" } ?? architecture }
}

extension BuildStep.Work {
    var rendering: String {
        switch self {
        case .image(let image): "\(image.name) \(image.platform.normalized.short)"
        case .run(let run): run.rendering
        case .copy(let copy): copy.rendering
        case .folder(let folder): "mkdir \(folder.path)" + (folder.owner.isEmpty ? "" : " of \(folder.owner)")
        }
    }
}

extension RunWork {
    /// The command, what differs from the usual, and the platform.
    var rendering: String {
        let isUsual = arguments.starts(with: ["/bin/sh", "-c"])
        var words = ["run", isUsual ? arguments.dropFirst(2).joined(separator: " ") : "\(arguments)"]
        if workingFolder != "/" { words.append("in \(workingFolder)") }
        if !user.isEmpty { words.append("as \(user)") }
        if network != .default { words.append("network \(network)") }
        words += mounts.map(\.rendering)
        return words.joined(separator: " ") + " on \(platform.short)"
    }
}

extension PlannedMount {
    var rendering: String {
        let place = target ?? "-"
        switch kind {
        case .bind(let source, let path, let isReadOnly):
            return "[\(source.rendering)\(path) at \(place)\(isReadOnly ? "" : " rw")]"
        case .cache(let cache, let source):
            return "[cache \(cache.id)\(source.map { " from \($0.rendering)\(cache.source)" } ?? "") at \(place)]"
        case .memory(let size): return "[memory \(size) at \(place)]"
        case .secret(let secret): return "[secret \(secret.id)\(secret.variable.map { " $\($0)" } ?? "") at \(place)]"
        case .ssh(let agent): return "[ssh \(agent.id) at \(place)]"
        case .file(let bytes, let mode):
            return
                "[file \(String(decoding: bytes, as: UTF8.self).debugDescription) \(String(mode, radix: 8)) at \(place)]"
        }
    }
}

extension FileSource {
    var rendering: String {
        switch self {
        case .context(let name): name.isEmpty ? "context:" : "context \(name):"
        case .step(let step): "\(step):"
        case .nothing: "nothing:"
        }
    }
}

extension CopyWork {
    var rendering: String {
        var words = sources.map { source in
            switch source {
            case .path(let tree, let path): tree.rendering + path
            case .inline(let name, let content): "\(name)=\(content.debugDescription)"
            case .url(let url): url
            }
        }
        words += ["to", destination]
        if let owner { words.append("of \(owner)") }
        if let mode { words.append("mode \(mode)") }
        if isLinked { words.append("linked") }
        if keepsParents { words.append("with parents") }
        if !excludes.isEmpty { words.append("without \(excludes.joined(separator: ","))") }
        if extracts != false { words.append(extracts == true ? "unpacked" : "unpacked if local") }
        if let checksum { words.append("being \(checksum)") }
        return (["copy"] + words).joined(separator: " ")
    }
}
