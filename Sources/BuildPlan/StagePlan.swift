internal import DockerfileLanguage
internal import JSON
internal import OCI

/// A stage that has been carried out, up to some instruction, for one target platform.
struct StagePlan {
    /// The step whose files it has; `nil` for none.
    var step: Int?
    /// How many layers there may be on top of each other.
    var depth = 0
    var scope: StageScope
    var configuration: ImageConfiguration
    /// The stage that it is on, by its number, for what is kept of each stage once.
    private(set) var below: Int?
    /// What the stage has added itself to the history: the rest is that of the stages below.
    var history: [HistoryItem] = []
    /// What it has added to the lists of the configuration.
    var additions = Additions()
    /// The platform that its programs are of.
    var platform: Platform
    /// The platform that its files were asked for; they may be there for another one only.
    var requestedPlatform: Platform
    /// `--platform=` of the FROM that named its image, as it is written.
    var platformText: String?
    /// What ONBUILD has left for the stage on top of this one.
    var triggers: [Instruction] = []
    /// Whether this stage has a CMD of its own, which an ENTRYPOINT then leaves alone.
    var hasCommand = false
    /// Whether its files are those of an image of Windows, whose layers have them below `Files`.
    var isOnWindowsImage = false
    /// The steps that it has asked for, in their order.
    var demands: [Demand] = []

    /// What instructions add to lists that only grow. They become part of the configuration when a stage becomes an
    /// image: putting each where it belongs at once would take a time that grows with the square of their number.
    struct Additions {
        var labels: [(name: String, value: String)] = []
        var ports: Set<String> = []
        var volumes: [String] = []
        /// Of ONBUILD, as the configuration has them.
        var triggers: [String] = []
    }

    /// A step that is asked for.
    struct Demand {
        let step: Int
        let text: String
        let range: SourceRange
        /// Whether it is a step of the stage itself, and not an image that only files are taken from.
        var isOwn = true
    }

    init(step: Int? = nil, scope: StageScope, configuration: ImageConfiguration, platform: Platform) {
        self.step = step
        self.scope = scope
        self.configuration = configuration
        self.platform = platform
        requestedPlatform = platform
    }

    /// The beginning of a stage on another one.
    ///
    /// - Parameter number: That of the other one.
    init(on parent: StagePlan, of number: Int) {
        self = parent
        below = number
        (history, additions) = ([], Additions())
        scope = StageScope(inheriting: parent.scope)
        hasCommand = false
        demands = []
    }

    var isWindows: Bool { platform.os == "windows" }
    /// With slashes, whatever the platform; the configuration has it as the platform writes it.
    var workingFolder: String {
        get {
            let text = configuration[runtime: "WorkingDir"]?.string ?? ""
            let path = isWindows ? (try? WindowsPath.slashed(text)) ?? "" : text
            return path.isEmpty ? "/" : path
        }
        set { configuration[runtime: "WorkingDir"] = .string(isWindows ? WindowsPath.backslashed(newValue) : newValue) }
    }
    var user: String { configuration[runtime: "User"]?.string ?? "" }
    var shell: [String] {
        let shell = configuration.strings("Shell")
        if !shell.isEmpty { return shell }
        return isWindows ? ["cmd", "/S", "/C"] : ["/bin/sh", "-c"]
    }

    /// A path with slashes for one that is written as the platform does.
    ///
    /// - Throws: ``DockerfileError`` for a path of Windows that no image has.
    func path(_ text: String, at range: SourceRange) throws(DockerfileError) -> String {
        try checkLength(of: text, at: range)
        guard isWindows else { return text }
        do throws(WindowsPath.Unusable) {
            return try WindowsPath.slashed(text)
        } catch {
            throw DockerfileError(at: range, "\"\(text)\" cannot be used: \(error.reason)")
        }
    }

    /// - Throws: ``DockerfileError`` for a path that no system call takes; folders are made one in the other.
    func checkLength(of path: String, at range: SourceRange) throws(DockerfileError) {
        guard path.utf8.count >= Self.maximumPathLength else { return }
        throw DockerfileError(at: range, "a path must have less than \(Self.maximumPathLength) bytes")
    }

    private static let maximumPathLength = 4096

    /// An absolute path for one with slashes that may be relative to the working directory.
    func absolute(_ path: String) -> String {
        CleanPath.clean(path.hasPrefix("/") ? path : "/\(workingFolder)/\(path)")
    }

    /// What ONBUILD has left: it is carried out once, and is no part of the image that is built.
    mutating func takeTriggers() -> [Instruction] {
        defer { triggers = [] }
        configuration[runtime: "OnBuild"] = nil
        return triggers
    }

    /// Goes on with what a step makes.
    mutating func follow(_ step: Int, _ instruction: Instruction, says text: String) {
        self.step = step
        depth += 1
        demands.append(Demand(step: step, text: instruction.text, range: instruction.range))
        add(text, step: step)
    }

    /// Adds an entry to the history.
    mutating func add(_ text: String, step: Int? = nil) {
        var entry = JSONObject()
        entry["created_by"] = .string(text)
        entry["comment"] = .string(HistoryText.comment)
        if step == nil { entry["empty_layer"] = true }
        history.append(HistoryItem(entry: entry, step: step))
    }
}

extension BaseImage {
    /// What its configuration says of the history, one entry for each layer: where that is not so, nobody can tell
    /// which entry is of which layer, and they are all made anew.
    var history: [HistoryItem] {
        let entries = (configuration["history"]?.array ?? []).compactMap(\.object)
        if entries.count(where: { $0["empty_layer"] != true }) == layers.count {
            return entries.map { HistoryItem(entry: $0, isInherited: true) }
        }
        let entry = JSONObject([JSONObject.Member("created_by", .string("a layer of \(name)"))])
        return layers.map { _ in HistoryItem(entry: entry, isInherited: true) }
    }
}
