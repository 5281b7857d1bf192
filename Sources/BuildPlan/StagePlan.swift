internal import DockerfileLanguage
internal import JSON
internal import OCI

/// A stage that has been carried out, up to some instruction, for one target platform.
struct StagePlan {
    /// The step whose files it has; `nil` for none.
    var step: Int?
    var scope: StageScope
    var configuration: ImageConfiguration
    var history: [HistoryItem]
    /// The platform that its programs are of.
    var platform: Platform
    /// Whether this stage has a CMD of its own, which an ENTRYPOINT then leaves alone.
    var hasCommand = false
    /// The steps that its instructions have asked for, in their order.
    var requests: [(step: Int, text: String, range: SourceRange)] = []

    var workingFolder: String { configuration[runtime: "WorkingDir"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "/" }
    var user: String { configuration[runtime: "User"]?.string ?? "" }
    var shell: [String] {
        let shell = configuration.strings("Shell")
        return shell.isEmpty ? ["/bin/sh", "-c"] : shell
    }

    /// An absolute path for one that may be relative to the working directory.
    func absolute(_ path: String) -> String {
        CleanPath.clean(path.hasPrefix("/") ? path : "\(workingFolder)/\(path)")
    }

    /// Goes on with what a step makes.
    mutating func follow(_ step: Int, _ instruction: Instruction, says text: String) {
        self.step = step
        requests.append((step, instruction.text, instruction.range))
        add(text, step: step)
    }

    /// Adds an entry to the history.
    mutating func add(_ text: String, step: Int? = nil) {
        var entry = JSONObject()
        entry["created_by"] = .string(text)
        entry["comment"] = "imgtool.dockerfile.v0"
        if step == nil { entry["empty_layer"] = true }
        history.append(HistoryItem(entry: entry, step: step))
    }
}
