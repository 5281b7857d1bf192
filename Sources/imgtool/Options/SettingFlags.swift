internal import ArgumentParser
internal import ImageTools
internal import JSON
internal import OCI
internal import Units

/// The flags for changing an image's configuration.
struct SettingFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Set a label; may be repeated.", valueName: "key=value"))
    var label: [String] = []

    @Option(help: ArgumentHelp("Remove a label.", valueName: "key"))
    var removeLabel: [String] = []

    @Option(help: ArgumentHelp("Set an environment variable; may be repeated.", valueName: "name=value"))
    var env: [String] = []

    @Option(help: ArgumentHelp("Remove an environment variable.", valueName: "name"))
    var removeEnv: [String] = []

    @Option(help: ArgumentHelp("Set the default arguments, or the command.", valueName: "words"))
    var cmd: String?

    @Option(help: ArgumentHelp("Set the entrypoint.", valueName: "words"))
    var entrypoint: String?

    @Option(help: ArgumentHelp("Set the user, and the group.", valueName: "user[:group]"))
    var user: String?

    @Option(help: ArgumentHelp("Set the working directory.", valueName: "path"))
    var workdir: String?

    @Option(help: ArgumentHelp("Set the signal that ends a container.", valueName: "signal"))
    var stopSignal: String?

    @Option(help: ArgumentHelp("Add an exposed port; may be repeated.", valueName: "port[/protocol]"))
    var expose: [String] = []

    @Option(help: ArgumentHelp("Add a volume; may be repeated.", valueName: "path"))
    var volume: [String] = []

    @Option(
        help: ArgumentHelp(
            "Set the time of creation, in RFC 3339 or in seconds since 1970; the latest time for files of added folders.",
            valueName: "time"))
    var setCreated: String?

    var isEmpty: Bool {
        [label, removeLabel, env, removeEnv, expose, volume].allSatisfy(\.isEmpty)
            && [cmd, entrypoint, user, workdir, stopSignal, setCreated].allSatisfy { $0 == nil }
    }

    /// - Throws: ``ImageError`` of code `usage`.
    func change() throws(ImageError) -> ConfigurationChange {
        var change = ConfigurationChange()
        change.labels = try label.map { text throws(ImageError) in try Self.pair(text, "the label", "KEY") }
        change.removedLabels = removeLabel
        change.environment = try env.map { text throws(ImageError) in try Self.pair(text, "the variable", "NAME") }
        change.removedEnvironment = removeEnv
        change.command = try cmd.map { text throws(ImageError) in try Self.words(text, for: "--cmd") }
        change.entrypoint = try entrypoint.map { text throws(ImageError) in try Self.words(text, for: "--entrypoint") }
        change.user = user
        change.workingDirectory = workdir
        change.stopSignal = stopSignal
        change.ports = try expose.map { text throws(ImageError) in try Self.port(text) }
        change.volumes = volume
        if let setCreated, let seconds = try creationTime() {
            change.created = Int64(setCreated) == nil ? setCreated : RFC3339.text(seconds: seconds)
        }
        return change
    }

    /// The time of creation, in seconds since 1970.
    ///
    /// - Throws: ``ImageError`` of code `usage`.
    func creationTime() throws(ImageError) -> Int64? {
        guard let setCreated else { return nil }
        guard let seconds = RFC3339.seconds(setCreated) else {
            throw ImageError(
                .usage, "cannot read --set-created \(setCreated)", "it is not a time",
                advice: "write it as in 2026-01-31T12:00:00Z, or in seconds since 1970")
        }
        return seconds
    }

    private static func pair(
        _ text: String, _ what: String, _ name: String
    ) throws(ImageError) -> ConfigurationChange.Pair {
        let (key, value) = try KeyValueText.parse(text, what, name)
        return .init(key, value)
    }

    /// The words of a JSON array, or those that run a line in a shell; empty for an empty text.
    private static func words(_ text: String, for flag: String) throws(ImageError) -> [String] {
        if text.isEmpty { return [] }
        guard text.hasPrefix("[") else { return ["/bin/sh", "-c", text] }
        let values = (try? JSONValue(parsing: text.utf8))?.array
        let words = values?.compactMap(\.string)
        guard let words, words.count == values?.count else {
            throw ImageError(.usage, "cannot read \(flag) \(text)", "it is not a JSON array of strings")
        }
        return words
    }

    private static func port(_ text: String) throws(ImageError) -> String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isProtocolKnown = parts.count == 1 || parts.count == 2 && ["tcp", "udp", "sctp"].contains(parts[1])
        guard let number = UInt16(parts[0]), number > 0, isProtocolKnown else {
            throw ImageError(.usage, "cannot read the port \"\(text)\"", "it is not PORT[/tcp|udp|sctp]")
        }
        return "\(number)/\(parts.count == 2 ? parts[1] : "tcp")"
    }
}
