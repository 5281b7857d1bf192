internal import ArgumentParser
internal import Processes

extension ImgtoolCommand {
    /// True if the program was called with the commands of docker buildx.
    static let isBuildx = ProgramArguments.all.dropFirst().first == "buildx"

    /// The arguments of this program, in its own words.
    static let words = translated(Array(ProgramArguments.all.dropFirst()))

    /// The arguments with the commands of docker buildx replaced by the program's own.
    static func translated(_ arguments: [String]) -> [String] {
        guard arguments.first == "buildx" else { return arguments }
        var words = Array(arguments.dropFirst())
        // The flag may precede the command.
        var builder: [String] = []
        if words.first == "--builder", words.count > 1 { builder = Array(words.prefix(2)) }
        if words.first?.hasPrefix("--builder=") == true { builder = [words[0]] }
        words.removeFirst(builder.count)
        switch words.first {
        case "build", "b": return ["build"] + builder + words.dropFirst()
        case "imagetools" where ["inspect", "create"].contains(words.dropFirst().first):
            return [words[1]] + builder + words.dropFirst(2)
        default: return ["builder"] + words.prefix(1) + builder + words.dropFirst()
        }
    }

    /// The arguments with switches that have values, as in `--append=true` and `-p=false`, converted: Go's programs take
    /// them, and so do scripts for docker.
    static func normalized(_ arguments: [String]) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        guard arguments[..<end].contains(where: { valued($0) != nil }) else { return arguments }
        let switches = switches(of: commands(of: arguments).last ?? self)
        var normalized: [String] = []
        for argument in arguments[..<end] {
            guard let (name, isOn) = valued(argument), let known = switches[name] else {
                normalized.append(argument)
                continue
            }
            // The last one counts, whatever its spelling.
            normalized.removeAll { known.names.contains($0) || $0 == known.inverse }
            if isOn { normalized.append(name) } else if let inverse = known.inverse { normalized.append(inverse) }
        }
        return normalized + arguments[end...]
    }

    /// An option and its value, if that is one of Go's words for truth (strconv.ParseBool).
    private static func valued(_ argument: String) -> (name: String, isOn: Bool)? {
        guard argument.hasPrefix("-"), let equals = argument.firstIndex(of: "=") else { return nil }
        let name = String(argument[..<equals])
        switch argument[argument.index(after: equals)...] {
        case "1", "t", "T", "true", "TRUE", "True": return (name, true)
        case "0", "f", "F", "false", "FALSE", "False": return (name, false)
        default: return nil
        }
    }

    /// The switches of a command by each of their names, with the switch for the opposite where there is one.
    private static func switches(
        of command: any ParsableCommand.Type
    ) -> [String: (names: Set<String>, inverse: String?)] {
        var switches: [String: (names: Set<String>, inverse: String?)] = [:]
        for line in helpMessage(for: command, columns: 500).split(separator: "\n") {
            // Values stand in angle brackets behind the names, and two spaces before the explanation.
            guard let match = line.firstMatch(of: /^ +((?:-[A-Za-z], )?--[a-z-]+)(?:\/(--no-[a-z-]+))?(?: {2,}.*)?$/)
            else {
                continue
            }
            let names = Set(match.output.1.split(separator: ", ").map(String.init))
            for name in names { switches[name] = (names, match.output.2.map(String.init)) }
        }
        return switches
    }
}
