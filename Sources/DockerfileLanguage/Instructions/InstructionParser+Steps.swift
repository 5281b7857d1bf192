internal import Spelling
internal import Units

extension InstructionParser {
    /// RUN.
    func run() throws(DockerfileError) -> RunInstruction {
        var mounts: [RunMount] = []
        for flag in flags.all("mount") {
            guard let value = flag.value else { continue }
            mounts.append(try RunMount(value, at: flag.range, escape: escape))
        }
        let command = try command(arguments)
        if case .exec(let arguments) = command, arguments.isEmpty { throw range.error("RUN has an empty command") }
        return RunInstruction(
            command: command, heredocs: statement.heredocs, mounts: mounts,
            network: try choice("network") ?? .default, security: try choice("security") ?? .sandbox,
            devices: flags.words("device"))
    }

    private func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ flag: String
    ) throws(DockerfileError) -> Choice? {
        guard let word = flags.word(flag) else { return nil }
        if let choice = Choice(rawValue: word.text) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        throw word.range.error(
            "\"\(word.text)\" cannot be the \(flag) of a step",
            advice: NearestName.advice(word.text, in: names) ?? "it is one of \(names.joined(separator: ", "))")
    }

    /// COPY and ADD.
    func copy() throws(DockerfileError) -> CopyInstruction {
        let isList = try arguments.jsonStrings() != nil
        var words = try list(arguments)
        guard words.count >= 2, let destination = words.popLast() else {
            throw range.error(
                "\(name) has no destination", advice: "write it as \(name) SOURCE… DESTINATION")
        }
        if !isList, try marker(destination) != nil {
            throw destination.range.error("the destination of \(name) cannot be a heredoc")
        }
        var sources: [CopyInstruction.Source] = []
        let heredocs = Dictionary(statement.heredocs.map { ($0.name, $0) }) { _, last in last }
        for word in words {
            let marker = isList ? nil : try marker(word)
            if let marker, let heredoc = heredocs[marker.name] {
                sources.append(.inline(heredoc))
            } else {
                sources.append(.path(word))
            }
        }
        return CopyInstruction(
            isAdd: name == .add, sources: sources, destination: destination, from: try copyFrom(),
            owner: flags.word("chown"), mode: flags.word("chmod"), isLinked: try flags.truth("link") ?? false,
            excludes: flags.words("exclude"), keepsParents: try flags.truth("parents") ?? false,
            checksum: flags.word("checksum"), keepsGitDirectory: try flags.truth("keep-git-dir"),
            unpack: try flags.truth("unpack"))
    }

    private func marker(_ word: Word) throws(DockerfileError) -> HeredocMarker? {
        do throws(ShellSyntaxError) {
            return try HeredocMarker(word.text)
        } catch {
            throw word.range.error(error.reason, advice: error.advice)
        }
    }

    private func copyFrom() throws(DockerfileError) -> CopyFrom? {
        guard let word = flags.word("from") else { return nil }
        guard word.isPlain else {
            throw word.range.error(
                "--from cannot have variables or quotes",
                advice: "write FROM \(word.text) AS name at the top, and use --from=name")
        }
        return CopyFrom(name: word.text, range: word.range)
    }

    /// HEALTHCHECK.
    func healthcheck() throws(DockerfileError) -> Healthcheck {
        let end = arguments.firstIndex { $0.isWhiteSpace } ?? arguments.count
        let (type, rest) = (arguments[0..<end], arguments[end..<arguments.count].trimmed)
        switch type.text.uppercased() {
        case "NONE":
            guard rest.isEmpty else { throw rest.range.error("HEALTHCHECK NONE has no arguments") }
            return Healthcheck(command: nil)
        case "CMD":
            return try healthcheck(rest)
        default:
            throw type.range.error(
                "HEALTHCHECK has no \"\(type.text)\"", advice: "write HEALTHCHECK CMD COMMAND or HEALTHCHECK NONE")
        }
    }

    private func healthcheck(_ text: LocatedText) throws(DockerfileError) -> Healthcheck {
        guard !text.isEmpty, try text.jsonStrings()?.isEmpty != true else {
            throw range.error(
                "HEALTHCHECK CMD has no command", advice: "write the command that checks the container")
        }
        return Healthcheck(
            command: try command(text), interval: try duration("interval"), timeout: try duration("timeout"),
            startPeriod: try duration("start-period"), startInterval: try duration("start-interval"),
            retries: try retries())
    }

    private func duration(_ flag: String) throws(DockerfileError) -> Duration {
        guard let word = flags.word(flag) else { return .zero }
        guard let duration = Duration(goDuration: word.text) else {
            throw word.range.error("\"\(word.text)\" is not a duration", advice: "write it as in 30s, 1m30s or 500ms")
        }
        guard duration == .zero || duration >= .milliseconds(1) else {
            throw word.range.error("\"\(word.text)\" is too short", advice: "use at least 1ms")
        }
        return duration
    }

    private func retries() throws(DockerfileError) -> Int {
        guard let word = flags.word("retries") else { return 0 }
        guard let count = Int32(word.text), count >= 0 else {
            throw word.range.error("\"\(word.text)\" is not a number of retries")
        }
        return Int(count)
    }
}
