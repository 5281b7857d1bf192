/// RUN.
package struct RunInstruction: Hashable, Sendable {
    package let command: Command
    package let heredocs: [Heredoc]
    package let mounts: [RunMount]
    package let network: Network
    package let security: Security
    /// What `--device=` asks for.
    package let devices: [Word]

    /// `--network=`.
    package enum Network: String, Hashable, Sendable, CaseIterable {
        case `default`
        case none
        case host
    }

    /// `--security=`.
    package enum Security: String, Hashable, Sendable, CaseIterable {
        case sandbox
        case insecure
    }

    /// What is executed when the heredocs have found their place ("Here-Documents").
    package enum Script: Hashable, Sendable {
        /// The program and its arguments.
        case exec([String])
        /// Text for the shell.
        case shell(String)
        /// A program of its own, for its first line names its interpreter: a file of this name and content is put into
        /// ``RunInstruction/scriptFolder``, executable and only for this step, and the shell is given its path.
        case file(name: String, content: String)
    }

    /// Where a script's file is seen.
    package static let scriptFolder = "/dev/pipes"

    package var script: Script {
        guard case .shell(let text) = command else {
            guard case .exec(let arguments) = command else { return .exec([]) }
            return .exec(arguments)
        }
        guard let first = heredocs.first else { return .shell(text) }
        if (try? HeredocMarker(text)) ?? nil != nil {
            let content = first.content
            return content.hasPrefix("#!") ? .file(name: first.name, content: content) : .shell(content)
        }
        // The shell reads these itself, tabs and all.
        return .shell(heredocs.reduce(text) { $0 + "\n" + $1.body + $1.name })
    }
}
