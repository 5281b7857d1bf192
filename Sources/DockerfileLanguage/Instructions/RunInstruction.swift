/// RUN.
package struct RunInstruction: Hashable, Sendable {
    package let command: Command
    package let heredocs: [Heredoc]
    package let mounts: [RunMount]
    package let network: Network
    package let security: Security
    /// `--device=`.
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

    /// The command after the heredocs have been inserted ("Here-Documents").
    package enum Script: Hashable, Sendable {
        /// Exec form: the program and its arguments.
        case exec([String])
        /// Shell form.
        case shell(String)
        /// A script whose first line names its interpreter. A file of this name and content is put into
        /// ``RunInstruction/scriptFolder``, executable and only for this step, and its path is passed to the shell.
        case file(name: String, content: String)
    }

    /// The folder of script files in the container.
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
        // The shell parses these heredocs itself, including tabs.
        return .shell(heredocs.reduce(text) { $0 + "\n" + $1.body + $1.name })
    }
}
