import TestKit
import Testing

/// A person with builders, and with stand-ins for programs that record how they are called.
struct BuilderHome {
    let folder: TemporaryFolder
    var environment: [String: String] = [:]

    init() throws { folder = try TemporaryFolder() }

    /// - Parameter isPatient: True to run it again when a node had no time to answer, because the machine is busy.
    func run(_ words: [String], isPatient: Bool = true) async throws -> Tool.Outcome {
        var outcome = try await Tool.imgtool.run(words, environment: environment, home: folder)
        for _ in 0..<10 where isPatient && (outcome.error + outcome.output).contains(/did not (?:answer|finish) within/)
        {
            outcome = try await Tool.imgtool.run(words, environment: environment, home: folder)
        }
        return outcome
    }

    /// Runs a command about builders, which has to succeed.
    ///
    /// - Returns: What it wrote to stdout, without the newline at the end.
    @discardableResult
    func builder(_ words: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
        let outcome = try await run(["builder"] + words)
        #expect(outcome.status == 0, "\(outcome.error)", sourceLocation: sourceLocation)
        return outcome.output.hasSuffix("\n") ? String(outcome.output.dropLast()) : outcome.output
    }

    /// Puts a program in the place of another one. It writes a line with its words to `NAME.log`, and its input to
    /// `NAME.input`, before it does what the script says.
    mutating func stand(in name: String, _ script: String) throws {
        let path = try folder.write(
            "bin/\(name)",
            text: """
                #!/bin/sh
                log=\(folder.path)/\(name)
                echo "$*" >> $log.log
                case "$*" in *dial-stdio*) ;; *) cat >> $log.input;; esac
                \(script)
                """)
        try Tool.runQuietly(["chmod", "755", path], in: folder.path)
        environment["PATH"] = "\(folder.path)/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    }

    /// The calls of a stand-in so far.
    func calls(of name: String) throws -> [String] {
        folder.has("\(name).log") ? try folder.text("\(name).log").lines : []
    }

    /// The lines of a text without spaces at their ends.
    static func lines(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var line = line
            while line.last == " " { line.removeLast() }
            return String(line)
        }
    }
}
