internal import DockerfileLanguage
internal import JSON
internal import OCI

extension Planner {
    /// Carries out one instruction.
    ///
    /// - Throws: ``DockerfileError``; ``MissingImage``.
    func carryOut(_ instruction: Instruction, of stage: Stage, _ plan: inout StagePlan, isTrigger: Bool) throws {
        // Triggers are for the images that are built on this one, not for those above.
        if isTrigger { plan.configuration[runtime: "OnBuild"] = nil }
        switch instruction.content {
        case .run(let run): try carryOut(run, instruction, of: stage, &plan)
        case .copy(let copy): try carryOut(copy, instruction, of: stage, &plan)
        case .workdir(let word): try changeFolder(word, instruction, &plan)
        case .arg(let declarations):
            let declared = try plan.scope.declare(declarations)
            plan.add("ARG " + declared.map { named($0.name, $0.value) }.joined(separator: " "))
        case .env(let pairs):
            let values = try plan.scope.set(pairs)
            plan.add("ENV " + values.map { named($0.name, $0.value) }.joined(separator: " "))
        default:
            try configure(instruction, &plan)
        }
    }

    private func configure(_ instruction: Instruction, _ plan: inout StagePlan) throws {
        func text(of word: Word) throws(DockerfileError) -> String {
            try word.expanded(in: plan.scope.environment).text
        }
        switch instruction.content {
        case .label(let pairs):
            let labels = try plan.scope.expand(pairs)
            plan.configuration.label(labels)
            plan.add("LABEL " + labels.map { named($0.name, $0.value) }.joined(separator: " "))
        case .user(let word):
            let user = try text(of: word)
            guard !user.isEmpty else { throw DockerfileError(at: word.range, "nothing is left of the user") }
            plan.configuration[runtime: "User"] = .string(user)
            plan.add("USER \(user)")
        case .cmd(let command):
            let arguments = command.arguments(shell: plan.shell)
            plan.configuration[runtime: "Cmd"] = .array(arguments.map { .string($0) })
            plan.hasCommand = true
            plan.add("CMD " + arguments.listed)
        case .entrypoint(let command):
            let arguments = command.arguments(shell: plan.shell)
            plan.configuration[runtime: "Entrypoint"] = arguments.isEmpty ? nil : .array(arguments.map { .string($0) })
            if !plan.hasCommand { plan.configuration[runtime: "Cmd"] = nil }
            plan.add("ENTRYPOINT " + arguments.listed)
        case .expose(let expose):
            let ports = try expose.ports(in: plan.scope.environment)
            plan.configuration.insert(ports, into: "ExposedPorts")
            plan.add("EXPOSE " + ports.joined(separator: " "))
        case .volume(let words):
            let volumes = try words.map { word throws(DockerfileError) in try text(of: word) }
            plan.configuration.insert(volumes.filter { !$0.isEmpty }, into: "Volumes")
            plan.add("VOLUME " + volumes.listed)
        case .stopsignal(let word):
            let signal = try text(of: word)
            guard StopSignal.isKnown(signal) else {
                throw DockerfileError(
                    at: word.range, "\"\(signal)\" is no signal", advice: "write it as in SIGTERM or 15")
            }
            plan.configuration[runtime: "StopSignal"] = .string(signal)
            plan.add("STOPSIGNAL \(signal)")
        case .shell(let shell):
            plan.configuration[runtime: "Shell"] = .array(shell.map { .string($0) })
            plan.add("SHELL " + shell.listed)
        case .healthcheck(let check):
            plan.configuration[runtime: "Healthcheck"] = check.json
            plan.add(instruction.text)
        case .onbuild(let onbuild):
            let triggers = plan.configuration.strings("OnBuild") + [onbuild.trigger]
            plan.configuration[runtime: "OnBuild"] = .array(triggers.map { .string($0) })
            plan.add("ONBUILD \(onbuild.trigger)")
        case .maintainer(let name):
            plan.configuration["author"] = .string(name)
            plan.add("MAINTAINER \(name)")
        case .run, .copy, .workdir, .arg, .env: break
        }
    }
}

extension Healthcheck {
    /// As an image's configuration has it; what is zero is left to the runtime.
    var json: JSONValue {
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

extension ImageConfiguration {
    /// The configuration as an image of a platform has it, in the field's usual order: of what a base image had at the
    /// top, only what is still true.
    func finished(for platform: Platform, _ scope: StageScope) -> ImageConfiguration {
        var finished = ImageConfiguration()
        for name in ["author"] { finished[name] = self[name] }
        for member in platform.json.object?.members ?? [] { finished[member.name] = member.value }
        for name in ["os.version", "os.features"] where finished[name] == nil { finished[name] = self[name] }
        finished["config"] = self["config"]
        finished[runtime: "Env"] = .array(scope.imageEnvironment.list.map { .string($0) })
        return finished
    }
}

/// `NAME=value`, the value in quotes where it has blanks.
private func named(_ name: String, _ value: String?) -> String {
    guard let value else { return name }
    return "\(name)=" + (value.contains { $0 == " " || $0 == "\"" } ? JSONValue.string(value).text(.compact) : value)
}

extension [String] {
    /// A JSON array in one line.
    fileprivate var listed: String { JSONValue.array(map { .string($0) }).text(.compact) }
}
