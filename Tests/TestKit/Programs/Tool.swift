internal import Glibc
internal import Subprocess

/// A program that a test runs.
///
/// It sees nothing of the person who runs the tests: its environment has a `PATH`, an empty home, and what the test
/// gives it.
package struct Tool: Sendable {
    package static let curl = Tool("curl")
    package static let openssl = Tool("openssl")
    package static let skopeo = Tool("skopeo")
    package static let umoci = Tool("umoci")

    /// The program under test, as it was built beside the tests that are running.
    package static let imgtool = Tool(builtImgtool)

    /// The path of the program under test, for others that are to run it.
    package static let builtImgtool = productFolder + "/imgtool"

    private static let productFolder: String = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }()

    /// What is run: an absolute path, or a name to be found in `PATH`.
    package let program: String

    package init(_ program: String) {
        self.program = program
    }

    /// How a program ended and what it wrote.
    package struct Outcome: Sendable {
        /// The exit status, as a shell has it: 128 and the number of the signal that ended the program, 127 when there
        /// is no such program.
        package let status: Int
        package let outputBytes: [UInt8]
        package let errorBytes: [UInt8]

        package var output: String { String(decoding: outputBytes, as: UTF8.self) }
        package var error: String { String(decoding: errorBytes, as: UTF8.self) }
        package var succeeded: Bool { status == 0 }
    }

    /// Runs the program to its end.
    ///
    /// - Parameters:
    ///   - environment: Variables beyond the usual ones, or instead of them.
    ///   - input: Its standard input.
    ///   - home: Its home folder; without one it gets an empty one that does not outlive it.
    ///   - timeout: After this long it is killed.
    /// - Throws: ``TestKitError`` when it takes too long, `CancellationError`.
    package func run(
        _ arguments: [String], environment: [String: String] = [:], input: [UInt8] = [], home: TemporaryFolder? = nil,
        timeout: Duration = .seconds(60)
    ) async throws -> Outcome {
        if let home {
            return try await run(arguments, environment, input, in: home, timeout)
        }
        return try await TemporaryFolder.with { try await run(arguments, environment, input, in: $0, timeout) }
    }

    /// Runs the program to its end with nothing on its standard input.
    package func run(_ arguments: String...) async throws -> Outcome { try await run(arguments) }

    /// What the program writes to its standard output, without the newline at the end.
    ///
    /// - Throws: ``TestKitError`` when it fails, with what it said.
    @discardableResult
    package func output(arguments: [String], home: TemporaryFolder? = nil) async throws -> String {
        let outcome = try await run(arguments, home: home)
        guard outcome.succeeded else {
            throw TestKitError(
                "\(program) \(arguments.joined(separator: " ")) ended with \(outcome.status): \(outcome.error)")
        }
        return outcome.output.hasSuffix("\n") ? String(outcome.output.dropLast()) : outcome.output
    }

    /// What the program writes to its standard output, without the newline at the end.
    @discardableResult
    package func output(_ arguments: String...) async throws -> String { try await output(arguments: arguments) }

    private func run(
        _ arguments: [String], _ extra: [String: String], _ input: [UInt8], in home: TemporaryFolder,
        _ timeout: Duration
    ) async throws -> Outcome {
        var environment: [Environment.Key: String] = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": home.path, "TMPDIR": home.path, "XDG_RUNTIME_DIR": home.path, "LC_ALL": "C.UTF-8",
        ]
        for (name, value) in extra { environment[.init(stringLiteral: name)] = value }
        let clean = environment
        return try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask { try await collect(arguments, clean, input) }
            group.addTask {
                try await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let outcome = first else {
                throw TestKitError("\(program) \(arguments.joined(separator: " ")) did not end within \(timeout)")
            }
            return outcome
        }
    }

    @concurrent
    private func collect(
        _ arguments: [String], _ environment: [Environment.Key: String], _ input: [UInt8]
    ) async throws -> Outcome {
        // In a session of its own, so that what it has started itself is killed with it.
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
        let result = try await Subprocess.run(
            .name("env"), arguments: Arguments([program] + arguments), environment: .custom(environment),
            platformOptions: options, input: .array(input), output: .bytes(limit: 1 << 28),
            error: .bytes(limit: 1 << 24))
        let status =
            switch result.terminationStatus {
            case .exited(let code): Int(code)
            case .signaled(let signal): 128 + Int(signal)
            }
        return Outcome(status: status, outputBytes: result.standardOutput, errorBytes: result.standardError)
    }
}

extension String {
    /// The lines of a program's output, empty ones left out.
    package var lines: [String] { split(separator: "\n").map(String.init) }
}
