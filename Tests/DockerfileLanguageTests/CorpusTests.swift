import DockerfileLanguage
import FileSystem
import Testing
import Units

/// Dockerfiles in the styles of real projects, each with what it must be understood as beside it.
@Suite("Dockerfiles of real projects")
struct CorpusTests {
    private static let folder: String = {
        let tests = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return tests.joined(separator: "/") + "/testdata/dockerfiles/"
    }()

    static let names = [
        "go-first-step", "go-cross", "go-optimised", "go-build-platform-alias", "running-on", "rust-xx", "c-cmake-xx",
        "python-slim", "python-multi-stage", "node-alpine", "node-pnpm", "java-maven", "java-layers", "dotnet",
        "php-fpm",
        "ruby-rails", "nginx-static", "debian-apt-heredoc", "windows-escape", "busybox-scratch", "onbuild-base",
        "legacy-maintainer", "postgres-style", "buildkit-bake-targets", "secrets-and-ssh", "remote-sources",
        "all-instructions", "crlf-bom", "haproxy-style", "global-arguments",
    ]

    static func read(_ name: String, _ kind: String = ".Dockerfile") throws -> [UInt8] {
        try File.read(folder + name + kind, limit: 1 << 20)
    }

    @Test("are understood", arguments: names)
    func summary(_ name: String) throws {
        let file = try Dockerfile(parsing: try Self.read(name), name: name)
        let expected = String(decoding: try Self.read(name, ".summary"), as: UTF8.self)
        #expect(file.summary == expected)
    }
}

extension Dockerfile {
    /// Everything that was understood, one line for each instruction.
    fileprivate var summary: String {
        var lines: [String] = []
        if let syntax = directives.syntax { lines.append("syntax \(syntax)") }
        if directives.escape == .backtick { lines.append("escape `") }
        for argument in globalArguments { lines.append("ARG " + argument.summary) }
        for stage in stages {
            let platform = stage.from.platform.map { " for \($0.text)" } ?? ""
            lines.append("\(stage.index) \(stage.label) on \(stage.from.base.text)\(platform)")
            for instruction in stage.instructions { lines.append("  " + instruction.summary) }
        }
        for note in notes { lines.append("note \(note.range.start) \(note.rule.rawValue)") }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension ArgumentDeclaration {
    fileprivate var summary: String { name + (fallback.map { "=\($0.text)" } ?? "") }
}

extension Instruction {
    fileprivate var summary: String {
        let lines = range.start.line == range.end.line ? "\(range.start.line)" : "\(range.start.line)-\(range.end.line)"
        return "\(lines) \(name) \(details)"
    }

    private var details: String {
        switch content {
        case .arg(let declarations): declarations.map(\.summary).joined(separator: " | ")
        case .env(let pairs), .label(let pairs):
            pairs.map { "\($0.key.text)=\($0.value.text)" }.joined(separator: " | ")
        case .run(let run): run.summary
        case .copy(let copy): copy.summary
        case .workdir(let word), .user(let word), .stopsignal(let word): word.text
        case .cmd(let command), .entrypoint(let command): command.summary
        case .expose(let expose): expose.ports.map(\.text).joined(separator: " | ")
        case .volume(let words): words.map(\.text).joined(separator: " | ")
        case .shell(let arguments): "\(arguments)"
        case .healthcheck(let check):
            "\(check.test) \(check.interval.nanoseconds) \(check.timeout.nanoseconds) \(check.startPeriod.nanoseconds) "
                + "\(check.startInterval.nanoseconds) \(check.retries)"
        case .onbuild(let onbuild): onbuild.instruction.summary
        case .maintainer(let text): text
        }
    }
}

extension Command {
    fileprivate var summary: String {
        switch self {
        case .shell(let text): "shell \(text.debugDescription)"
        case .exec(let arguments): "exec \(arguments)"
        }
    }
}

extension RunInstruction {
    fileprivate var summary: String {
        let shownMounts = mounts.map { mount in
            "[" + mount.fields.map { $0.key + ($0.value.map { "=\($0.text)" } ?? "") }.joined(separator: ", ") + "] "
        }
        let options =
            (network == .default ? "" : "network \(network.rawValue) ")
            + (security == .sandbox ? "" : "security \(security.rawValue) ")
        let shownScript =
            switch script {
            case .exec(let arguments): "exec \(arguments)"
            case .shell(let text): "shell \(text.debugDescription)"
            case .file(let name, let content): "file \(name) \(content.debugDescription)"
            }
        return shownMounts.joined() + options + shownScript
    }
}

extension CopyInstruction {
    fileprivate var summary: String {
        let shownSources = sources.map { source in
            switch source {
            case .path(let word): word.text
            case .inline(let heredoc): "<\(heredoc.name)> \(heredoc.content.debugDescription)"
            }
        }
        let options = [
            from.map { "from \($0.name)" }, owner.map { "owner \($0.text)" }, mode.map { "mode \($0.text)" },
            isLinked ? "linked" : nil, keepsParents ? "parents" : nil, checksum.map { "checksum \($0.text)" },
            keepsGitDirectory.map { "git \($0)" }, unpack.map { "unpack \($0)" },
            excludes.isEmpty ? nil : "without \(excludes.map(\.text))",
        ].compactMap { $0 }
        return (options + [shownSources.joined(separator: " | "), "->", destination.text]).joined(separator: " ")
    }
}
