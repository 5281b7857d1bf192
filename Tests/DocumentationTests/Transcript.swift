import TestKit
import Testing

/// Commands with what they print, as documents show them.
///
/// A line that starts with `$ ` is a command, which goes on after a line that ends with a backslash. The lines below
/// it are what it prints, on both streams; a line `…` stands for any lines.
struct Transcript: CustomStringConvertible, Sendable {
    struct Step: Sendable {
        let line: Int
        var command: String
        var output: [String] = []
    }

    let name: String
    let steps: [Step]

    var description: String { name }

    /// What documents call the registry of their examples.
    static let registry = "localhost:5000"

    static func steps(of block: FencedBlock) -> [Step] {
        var steps: [Step] = []
        for (offset, line) in block.lines.enumerated() {
            if line.hasPrefix("$ ") {
                steps.append(Step(line: block.line + offset, command: String(line.dropFirst(2))))
            } else if steps.isEmpty {
                Issue.record("line \(block.line + offset): output without a command")
            } else if steps[steps.count - 1].output.isEmpty, steps[steps.count - 1].command.hasSuffix("\\") {
                steps[steps.count - 1].command += "\n" + line
            } else {
                steps[steps.count - 1].output.append(line)
            }
        }
        return steps
    }

    /// Runs all commands in one fresh folder, which has what the demo works on in it, and compares what they print.
    func verify() async throws {
        let usesRegistry = steps.contains { $0.command.contains(Self.registry) }
        guard usesRegistry else { return try await verify(with: nil) }
        try await RegistryServer.with { try await verify(with: "localhost:\($0.port)") }
    }

    private func verify(with registry: String?) async throws {
        try await TemporaryFolder.with { folder in
            try await TemporaryFolder.with { home in
                try await prepare(folder, home)
                for step in steps {
                    let output = try await Self.run(step.command, in: folder, home, registry)
                    #expect(
                        Self.matches(output[...], step.output[...]),
                        """
                        \(name), line \(step.line): $ \(step.command)
                        prints
                        \(output.joined(separator: "\n"))
                        """)
                }
            }
        }
    }

    /// Whether a command of it builds, which needs root.
    var builds: Bool { steps.contains { $0.command.hasPrefix("imgtool build ") } }

    private func prepare(_ folder: TemporaryFolder, _ home: TemporaryFolder) async throws {
        let arguments = [folder.path] + (builds ? [Project.testImages] : [])
        let outcome = try await Tool(Project.file("scripts/demo/prepare")).run(
            arguments, environment: Project.environment, home: home, timeout: .seconds(300))
        guard outcome.succeeded else { throw TestKitError("the examples' scenery cannot be set up: \(outcome.error)") }
    }

    private static func run(
        _ command: String, in folder: TemporaryFolder, _ home: TemporaryFolder, _ registry: String?
    ) async throws -> [String] {
        let command = registry.map { command.replacing(Self.registry, with: $0) } ?? command
        let outcome = try await Tool("bash").run(
            ["-c", "exec 2>&1\ncd \(folder.path)\n\(command)"], environment: Project.environment, home: home,
            timeout: .seconds(300))
        let output = registry.map { outcome.output.replacing($0, with: Self.registry) } ?? outcome.output
        var lines = output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    static func matches(_ lines: ArraySlice<String>, _ expected: ArraySlice<String>) -> Bool {
        guard let first = expected.first else { return lines.isEmpty }
        let rest = expected.dropFirst()
        if first == "…" { return (0...lines.count).contains { matches(lines.dropFirst($0), rest) } }
        return lines.first == first && matches(lines.dropFirst(), rest)
    }
}
