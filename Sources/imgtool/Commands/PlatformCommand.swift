internal import ArgumentParser
internal import JSON
internal import OCI
internal import Terminal

/// `imgtool platform`: the names of platforms, and the platforms that this machine runs.
struct PlatformCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "platform", abstract: "Names of platforms for build scripts.", subcommands: [Info.self, List.self])

    /// `imgtool platform info`.
    struct Info: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "info",
            abstract: "Print the names of a platform for compilers, distributions and kernels.")

        @Argument(
            help: ArgumentHelp("A platform, such as linux/arm64, aarch64 or linux/arm/v6.", valueName: "platform"))
        var platform: String

        @Option(
            help: ArgumentHelp("Print one name only.", valueName: "name"), completion: .list(PlatformNames.fieldNames))
        var field: String?

        @Option(
            help: ArgumentHelp("Print the names for a language.", valueName: "go|rust|c|uname"),
            completion: .list(["go", "rust", "c", "uname"]))
        var language: String?

        @Flag(help: "Print shell commands that set variables, and unset those that do not apply.")
        var env = false

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard field == nil || language == nil else {
                throw ValidationError("--field and --language exclude each other.")
            }
            guard !env || !json else { throw ValidationError("--env and --json exclude each other.") }
        }

        func run() throws {
            let names = PlatformNames(of: try Platform(parsing: platform))
            let chosen = try chosen(from: names.fields)
            if env { return try StandardOutput.write(chosen.map { "\(Self.command($0))\n" }.joined()) }
            if json {
                let members = chosen.map { JSONObject.Member($0.name, $0.value.map { .string($0) } ?? .null) }
                return try StandardOutput.write(line: JSONValue.object(JSONObject(members)).text())
            }
            if language == "go" {
                let known = chosen.filter { $0.value != nil }
                return try StandardOutput.write(known.map { "\($0.variable)=\($0.value ?? "")\n" }.joined())
            }
            guard field == nil, language == nil else {
                guard let value = chosen.first?.value else {
                    throw ImageError(
                        .notFound, "cannot name \(platform)", "there is no \(chosen.first?.name ?? "") for it")
                }
                return try StandardOutput.write(line: value)
            }
            let known = chosen.compactMap { field in field.value.map { (name: field.name, value: $0) } }
            try StandardOutput.write(FieldList(known).text)
        }

        private func chosen(from fields: [PlatformNames.Field]) throws -> [PlatformNames.Field] {
            if let field {
                guard let found = fields.first(where: { $0.name == field.lowercased() }) else {
                    let names = PlatformNames.fieldNames.joined(separator: ", ")
                    throw ImageError(
                        .usage, "cannot print \(field)", "there is no such name", advice: "there are \(names)")
                }
                return [found]
            }
            switch language {
            case nil: return fields
            case "go": return fields.filter { $0.name.hasPrefix("go") }
            case "rust": return fields.filter { $0.name == "rust-target" }
            case "c": return fields.filter { $0.name == "gnu-triple" }
            case "uname": return fields.filter { $0.name == "uname" }
            case let other?:
                throw ImageError(
                    .usage, "cannot print what \(other) wants to know", "it is not one of go, rust, c and uname")
            }
        }

        /// Values consist of letters, digits and `.-_/`, so they need no quoting.
        private static func command(_ field: PlatformNames.Field) -> String {
            field.value.map { "export \(field.variable)=\($0)" } ?? "unset \(field.variable)"
        }
    }

    /// `imgtool platform ls`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List the platforms that this machine runs, natively or through emulators.")

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let entries = HostPlatforms.all()
            if json {
                let values = entries.map { entry -> JSONValue in
                    [
                        "platform": .string(entry.platform.description), "native": .bool(entry.emulator == nil),
                        "emulator": entry.emulator.map { .string($0) } ?? .null,
                    ]
                }
                return try StandardOutput.write(line: JSONValue.array(values).text())
            }
            let rows = entries.map { [$0.platform.description, $0.emulator ?? "native"] }
            try StandardOutput.write(TextTable([.init(""), .init("")], rows: rows).text)
        }
    }
}
