internal import JSON
package import OCI
internal import Processes

/// A node of the driver `imgtool` on another machine: the same program there, started through ssh.
///
/// It speaks over its standard input and output, and ends with the connection.
package struct MachineNode: Sendable {
    /// The exit status of ssh itself, when there is no connection.
    private static let connectionFailure = ProgramResult.Ending.exited(status: 255)
    /// The exit status of a shell that does not find the program.
    private static let missingProgram = ProgramResult.Ending.exited(status: 127)
    private static let usualProgram = "imgtool"

    private let node: BuilderNode
    private let address: SSHAddress
    private let runtimeFolder: String?

    /// - Parameter runtimeFolder: The folder for the sockets of connections; `nil` for a connection for each command.
    /// - Throws: ``ImageError`` if the node's address is malformed.
    package init(_ node: BuilderNode, runtimeFolder: String?) throws(ImageError) {
        guard case .ssh(let address) = try NodeEndpoint(parsing: node.endpoint, for: .imgtool) else {
            throw ImageError(.usage, "cannot use the node \(node.name)", "it is this machine")
        }
        self.node = node
        self.address = address
        self.runtimeFolder = runtimeFolder
    }

    /// The arguments of `ssh` that start the program there.
    ///
    /// One connection serves all commands of the next seconds, where there is a folder for its socket. A link that is cut
    /// is noticed within ten seconds.
    package var arguments: [String] {
        var options = [
            "BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=3", "ServerAliveCountMax=3",
        ]
        if let folder = runtimeFolder {
            options += ["ControlMaster=auto", "ControlPath=\(folder)/imgtool-ssh-%C", "ControlPersist=15"]
        }
        var arguments = ["-T"]
        for option in options { arguments += ["-o", option] }
        if let user = address.user { arguments += ["-l", user] }
        if let port = address.port { arguments += ["-p", "\(port)"] }
        let words = [node.options["program"] ?? Self.usualProgram, "builder", "serve"]
        return arguments + ["--", address.host, words.map(Self.quoted).joined(separator: " ")]
    }

    /// The state of the program there.
    ///
    /// - Parameter version: The version that it must have.
    /// - Throws: ``ImageError``; `CancellationError`.
    func status(_ limit: Duration, version: String) async throws -> NodeStatus {
        let attempt = "cannot use imgtool at \(node.endpoint)"
        let result: ProgramResult
        do {
            result = try await run(program: "ssh", arguments: arguments, timeLimit: limit)
        } catch let error as ProcessError {
            throw ImageError(.failed, attempt, error.description)
        }
        let message = String(decoding: result.errorOutput, as: UTF8.self).split(whereSeparator: \.isNewline).last
        switch result.ending {
        case Self.connectionFailure:
            throw ImageError(.interrupted, attempt, message.map { "ssh says: \($0)" } ?? "ssh failed")
        case Self.missingProgram:
            throw ImageError(
                .failed, attempt, "there is no program \(node.options["program"] ?? Self.usualProgram)",
                advice: "install imgtool \(version) there, or name it with --driver-opt program=/PATH")
        default: break
        }
        let line = result.output.prefix { $0 != 0x0A }
        guard result.succeeded, let json = try? JSONValue(parsing: line), let greeting = MachineGreeting(json) else {
            throw ImageError(
                .failed, attempt, message.map { "it says: \($0)" } ?? "it does not answer as imgtool does",
                advice: "install imgtool \(version) there")
        }
        guard greeting.version == version else {
            throw ImageError(
                .failed, attempt, "it is version \(greeting.version), and this is \(version)",
                advice: "install the same version on both machines")
        }
        return greeting.status
    }

    /// A word for the shell of the other machine.
    private static func quoted(_ word: String) -> String { "'\(word.replacing("'", with: #"'\''"#))'" }
}
