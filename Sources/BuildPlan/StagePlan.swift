internal import DockerfileLanguage
internal import JSON
internal import OCI

/// The state of a stage after some of its instructions, for one target platform.
struct StagePlan {
    /// The step whose files the stage has; `nil` for none.
    var step: Int?
    /// The maximum number of stacked layers so far.
    var depth = 0
    var scope: StageScope
    var configuration: ImageConfiguration
    /// The index of the stage below, for data that is stored once per stage.
    private(set) var below: Int?
    /// The stage's own history entries, without those of the stages below.
    var history: [HistoryItem] = []
    /// The stage's own additions to lists in the configuration.
    var additions = Additions()
    /// The platform of its programs.
    var platform: Platform
    /// The requested platform, which an image may not be available for.
    var requestedPlatform: Platform
    /// `--platform=` of the FROM that named the image, as written.
    var platformText: String?
    /// The ONBUILD instructions for stages on top of this one.
    var triggers: [Instruction] = []
    /// True if the stage has a CMD of its own, which an ENTRYPOINT then does not reset.
    var hasCommand = false
    /// True if the files are based on a Windows image, whose layers have them below `Files`.
    var isOnWindowsImage = false
    /// The steps that the stage needs, in order.
    var demands: [Demand] = []

    /// Additions to lists that only grow. They are merged into the configuration once at the end, since inserting each
    /// in order would take quadratic time.
    struct Additions {
        var labels: [(name: String, value: String)] = []
        var ports: Set<String> = []
        var volumes: [String] = []
        /// ONBUILD instructions, in the form of the configuration.
        var triggers: [String] = []
    }

    /// A step that the stage needs.
    struct Demand {
        let step: Int
        let text: String
        let range: SourceRange
        /// True for a step of the stage itself, false for an image that it only copies from.
        var isOwn = true
    }

    init(step: Int? = nil, scope: StageScope, configuration: ImageConfiguration, platform: Platform) {
        self.step = step
        self.scope = scope
        self.configuration = configuration
        self.platform = platform
        requestedPlatform = platform
    }

    /// The initial state of a stage based on another one.
    ///
    /// - Parameter number: The index of the other stage.
    init(on parent: StagePlan, of number: Int) {
        self = parent
        below = number
        (history, additions) = ([], Additions())
        scope = StageScope(inheriting: parent.scope)
        hasCommand = false
        demands = []
    }

    var isWindows: Bool { platform.os == "windows" }
    /// Always with slashes; the configuration has it in the platform's syntax.
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

    /// Converts a path from the platform's syntax to one with slashes.
    ///
    /// - Throws: ``DockerfileError`` for a Windows path that no image can have.
    func path(_ text: String, at range: SourceRange) throws(DockerfileError) -> String {
        try checkLength(of: text, at: range)
        guard isWindows else { return text }
        do throws(WindowsPath.Unusable) {
            return try WindowsPath.slashed(text)
        } catch {
            throw DockerfileError(at: range, "\"\(text)\" cannot be used: \(error.reason)")
        }
    }

    /// - Throws: ``DockerfileError`` for a path too long for system calls.
    func checkLength(of path: String, at range: SourceRange) throws(DockerfileError) {
        guard path.utf8.count >= Self.maximumPathLength else { return }
        throw DockerfileError(at: range, "a path must have less than \(Self.maximumPathLength) bytes")
    }

    private static let maximumPathLength = 4096

    /// Resolves a path with slashes against the working directory.
    func absolute(_ path: String) -> String {
        CleanPath.clean(path.hasPrefix("/") ? path : "/\(workingFolder)/\(path)")
    }

    /// Removes and returns the ONBUILD instructions: they are carried out once and are not part of the image.
    mutating func takeTriggers() -> [Instruction] {
        defer { triggers = [] }
        configuration[runtime: "OnBuild"] = nil
        return triggers
    }

    /// Continues with the result of a step.
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
    /// The history in the configuration, one entry for each layer. If the numbers do not match, entries cannot be
    /// assigned to layers, and all are made anew.
    var history: [HistoryItem] {
        let entries = (configuration["history"]?.array ?? []).compactMap(\.object)
        if entries.count(where: { $0["empty_layer"] != true }) == layers.count {
            return entries.map { HistoryItem(entry: $0, isInherited: true) }
        }
        let entry = JSONObject([JSONObject.Member("created_by", .string("a layer of \(name)"))])
        return layers.map { _ in HistoryItem(entry: entry, isInherited: true) }
    }
}
