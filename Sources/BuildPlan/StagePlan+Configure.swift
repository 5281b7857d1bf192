internal import DockerfileLanguage
internal import JSON
internal import OCI
internal import Units

extension StagePlan {
    /// Carries out an instruction that makes no files but changes variables or the image's configuration.
    ///
    /// - Throws: ``DockerfileError``.
    mutating func configure(_ instruction: Instruction) throws(DockerfileError) {
        let said: String
        switch instruction.content {
        case .arg(let declarations): said = try declare(declarations)
        case .env(let pairs): said = try setVariables(pairs)
        case .label(let pairs): said = try label(pairs)
        case .user(let word): said = set("User", to: try text(of: word))
        case .cmd(let command): said = setCommand(command)
        case .entrypoint(let command): said = setEntrypoint(command)
        case .expose(let expose): said = try self.expose(expose)
        case .volume(let words): said = try addVolumes(words)
        case .stopsignal(let word): said = try setStopSignal(word)
        case .shell(let shell):
            set("Shell", to: shell)
            said = HistoryText.list(shell)
        case .healthcheck(let check):
            configuration[runtime: "Healthcheck"] = check.json
            said = HistoryText.healthcheck(check)
        case .onbuild(let onbuild): return addTrigger(onbuild)
        case .maintainer(let name):
            configuration["author"] = .string(name)
            said = name
        case .run, .copy, .workdir: return
        }
        add("\(instruction.name) \(said)")
    }

    // Each of these returns the text of the history entry after the keyword.

    private mutating func declare(_ declarations: [ArgumentDeclaration]) throws(DockerfileError) -> String {
        try scope.declare(declarations).map { HistoryText.pair($0.name, $0.value) }.joined(separator: " ")
    }

    private mutating func setVariables(_ pairs: [KeyValue]) throws(DockerfileError) -> String {
        let values = try scope.set(pairs)
        if let index = values.firstIndex(where: \.name.isEmpty) {
            throw DockerfileError(at: pairs[index].key.range, "nothing is left of the variable's name")
        }
        return values.map { HistoryText.pair($0.name, $0.value) }.joined(separator: " ")
    }

    private mutating func label(_ pairs: [KeyValue]) throws(DockerfileError) -> String {
        let labels = try scope.expand(pairs)
        additions.labels += labels
        return labels.map { HistoryText.pair($0.name, $0.value) }.joined(separator: " ")
    }

    private mutating func setCommand(_ command: Command) -> String {
        hasCommand = true
        configuration[runtime: "ArgsEscaped"] = true
        let arguments = command.arguments(shell: shell)
        set("Cmd", to: arguments)
        return HistoryText.quotedList(arguments)
    }

    /// Resets an inherited CMD, which was meant as the arguments of another program.
    private mutating func setEntrypoint(_ command: Command) -> String {
        if !hasCommand { configuration[runtime: "Cmd"] = nil }
        let arguments = command.arguments(shell: shell)
        set("Entrypoint", to: arguments)
        return HistoryText.quotedList(arguments)
    }

    private mutating func expose(_ expose: ExposeInstruction) throws(DockerfileError) -> String {
        let ports = try expose.ports(in: scope.environment)
        additions.ports.formUnion(ports)
        return HistoryText.list(ports)
    }

    private mutating func addVolumes(_ words: [Word]) throws(DockerfileError) -> String {
        var volumes: [String] = []
        for word in words {
            let path = try text(of: word)
            guard !path.isEmpty else { throw DockerfileError(at: word.range, "nothing is left of the volume's path") }
            volumes.append(path)
        }
        additions.volumes += volumes
        return HistoryText.list(volumes)
    }

    private mutating func setStopSignal(_ word: Word) throws(DockerfileError) -> String {
        let signal = try text(of: word)
        guard StopSignal.isKnown(signal) else {
            throw DockerfileError(
                at: word.range, "\"\(signal)\" is not a signal", advice: "write it as in SIGTERM or 15")
        }
        return set("StopSignal", to: signal)
    }

    /// Adds a trigger; an image's history does not show its own triggers.
    private mutating func addTrigger(_ onbuild: OnbuildInstruction) {
        triggers.append(onbuild.instruction)
        additions.triggers.append(onbuild.trigger)
    }

    // MARK: Values

    private func text(of word: Word) throws(DockerfileError) -> String {
        try word.expanded(in: scope.environment).text
    }

    private mutating func set(_ field: String, to text: String) -> String {
        configuration[runtime: field] = text.isEmpty ? nil : .string(text)
        return text
    }

    private mutating func set(_ field: String, to list: [String]) {
        configuration[runtime: field] = list.isEmpty ? nil : .array(list.map { .string($0) })
    }
}

extension Healthcheck {
    /// The form in an image's configuration, where zero leaves a value to the runtime.
    fileprivate var json: JSONValue {
        var object = JSONObject()
        object["Test"] = .array(test.map { .string($0) })
        let times = [
            ("Interval", interval), ("Timeout", timeout), ("StartPeriod", startPeriod),
            ("StartInterval", startInterval),
        ]
        for (name, time) in times where time != .zero { object[name] = .integer(time.nanoseconds) }
        if retries != 0 { object["Retries"] = .integer(Int64(retries)) }
        return .object(object)
    }
}
