internal import ArgumentParser
internal import OCI
internal import Spelling

/// The root of all commands.
struct ImgtoolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "imgtool",
        abstract: "Inspect, create, copy and build multi-platform images.",
        discussion: """
            A REF is \(ReferenceScheme.all.map { "\($0.form), \($0.store)" }.joined(separator: "; or ")).

            Exit status: 0 success, 1 failure, 2 invalid usage, 3 not found, 4 denied by the registry, 5 content that \
            does not match its digest, 130 interrupted.
            """,
        version: Version.text,
        subcommands: [
            BuildCommand.self, BuilderCommand.self, InspectCommand.self, CreateCommand.self, CopyCommand.self,
            SyncCommand.self,
            PushCommand.self,
            PullCommand.self,
            TagsCommand.self, RepositoriesCommand.self, DigestCommand.self, ManifestCommand.self, BlobCommand.self,
            ArtifactCommand.self, DeleteCommand.self,
            MergeCommand.self, RemoveCommand.self, AnnotateCommand.self, EditCommand.self,
            ExportCommand.self, ListFilesCommand.self, PrintFileCommand.self, DiffCommand.self, VerifyCommand.self,
            ReferrersCommand.self,
            StoreCommand.self, PlatformCommand.self, LoginCommand.self, LogoutCommand.self, RateLimitCommand.self,
        ])

    /// The command for the arguments.
    ///
    /// A command is parsed on its own, which is faster than walking all of them. Anything it does not accept, including
    /// help, goes to the root command, which knows the full names.
    static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
        guard let named = subcommand(of: self, named: arguments.first) else { return try parseAsRoot(arguments) }
        let rest = Array(arguments.dropFirst())
        if let nested = subcommand(of: named, named: rest.first) {
            if let command = try? nested.parse(Array(rest.dropFirst())) { return command }
            guard named is any AsyncParsableCommand.Type else { return try parseAsRoot(arguments) }
            // The root would take the name as an argument of the parent command.
            if rest.contains(where: { $0 == "--help" || $0 == "-h" }) {
                return try parseAsRoot(["help"] + arguments.prefix(2))
            }
            return try nested.parse(Array(rest.dropFirst()))
        }
        if !isGroup(named), let command = try? named.parseAsRoot(rest) {
            if type(of: command) == named { return command }
            // The root provides the help command.
            if named.configuration.subcommands.contains(where: { $0 == type(of: command) }) {
                let name = type(of: command).configuration.commandName ?? ""
                throw ValidationError("\(name) comes right after \(arguments[0]).")
            }
        }
        return try parseAsRoot(arguments)
    }

    private static func subcommand(
        of command: any ParsableCommand.Type, named name: String?
    ) -> (any ParsableCommand.Type)? {
        command.configuration.subcommands.first { $0.configuration.commandName == name }
    }

    /// The error in the arguments on one line, with a pointer to the help.
    static func problem(_ error: any Error) -> String {
        let message = message(for: error)
        let words = words
        let names = configuration.subcommands.compactMap { $0.configuration.commandName }
        guard let first = words.first, exitCode(for: error) == .validationFailure else { return message }
        if !first.hasPrefix("-"), !names.contains(first) {
            return unknownCommand(first, near: foreignCommands[first] ?? NearestName.of(first, in: names), "imgtool")
        }
        let named = commands(of: words)
        if let group = named.last, named.count == 1, holdsOthersOnly(group), let second = words.dropFirst().first,
            !second.hasPrefix("-")
        {
            let names = group.configuration.subcommands.compactMap { $0.configuration.commandName }
            let near = NearestName.of(second, in: names).map { "\(first) \($0)" }
            return unknownCommand("\(first) \(second)", near: near, "imgtool \(first)")
        }
        let help = (["imgtool"] + named.compactMap { $0.configuration.commandName }).joined(separator: " ")
        let line = unknownOption(message, of: named.last) ?? message.split(separator: "\n").joined(separator: " ")
        return "\((line.hasSuffix(".") ? String(line.dropLast()) : line).uncapitalized); see \(help) --help"
    }

    /// Commands known under another name in other tools.
    private static let foreignCommands = [
        "images": "store ls", "rmi": "store rm", "rm": "store rm", "tag": "copy", "cp": "copy",
        "save": "copy", "load": "copy", "list-tags": "tags", "imagetools": "inspect",
        "version": "--version",
    ]

    private static func unknownCommand(_ name: String, near: String?, _ parent: String) -> String {
        "there is no command \"\(name)\"" + (near.map { ", did you mean \($0)?" } ?? "; see \(parent) --help")
    }

    /// Returns true if only a subcommand can follow the command.
    private static func holdsOthersOnly(_ command: any ParsableCommand.Type) -> Bool {
        !command.configuration.subcommands.isEmpty && command != BuildCommand.self
    }

    /// Returns true if a command only groups subcommands.
    private static func isGroup(_ command: any ParsableCommand.Type) -> Bool {
        !command.configuration.subcommands.isEmpty && !(command is any AsyncParsableCommand.Type)
    }

    /// The commands at the beginning of the words: one, or one with a subcommand.
    static func commands(of words: [String]) -> [any ParsableCommand.Type] {
        guard let first = subcommand(of: self, named: words.first) else { return [] }
        return [first] + [subcommand(of: first, named: words.dropFirst().first)].compactMap(\.self)
    }

    /// The message about an unknown option, with a suggestion. The parser's own suggestions miss abbreviations, and
    /// include options that are too different.
    private static func unknownOption(_ message: String, of command: (any ParsableCommand.Type)?) -> String? {
        guard let match = message.firstMatch(of: /^Unknown option '(-[^'=]+)/) else { return nil }
        let option = String(match.output.1)
        guard let command else {
            let near = option.lowercased() == "-v" ? "--version" : NearestName.of(option, in: ["--version", "--help"])
            let advice = near.map { ", did you mean \($0)?" } ?? " before the command"
            return "there is no option \(option)\(advice)"
        }
        let names = helpMessage(for: command).matches(of: /--[a-z][a-z-]+/).map { String($0.output) }
        let near = NearestName.of(option, in: names).map { ", did you mean \($0)?" } ?? ""
        return "there is no option \(option)\(near)"
    }
}

extension String {
    /// The text with a lower-case first letter, to follow a colon.
    fileprivate var uncapitalized: String {
        guard let first, dropFirst().first?.isUppercase != true else { return self }
        return first.lowercased() + dropFirst()
    }
}

/// The version of the program.
enum Version {
    static let text = "0.1.0"
}
