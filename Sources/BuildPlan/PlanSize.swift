internal import DockerfileLanguage
internal import JSON

/// An estimate of the memory for a plan, as far as a few lines of a Dockerfile can make it grow without limit: common
/// state of stages is copied on change, every RUN has all variables, and the history repeats their values.
struct PlanSize {
    private static let limit = 512 << 20
    /// The minimum for an instruction, in bytes.
    private static let instructionSize = 512
    /// The overhead of a variable, in bytes.
    private static let entrySize = 96
    /// The maximum number of stacked layers. The kernel joins 500, and registries and runtimes accept fewer.
    static let maximumDepth = 5_000

    private var bytes = 0

    mutating func add(start plan: StagePlan, at range: SourceRange) throws(DockerfileError) {
        try add(bytes: Self.size(of: plan.scope.environment) + 2 * Self.instructionSize, at: range)
    }

    /// Adds instructions about which nothing else is known.
    mutating func add(_ instructions: Int, at range: SourceRange) throws(DockerfileError) {
        try add(bytes: instructions * Self.instructionSize, at: range)
    }

    /// Adds the memory for an instruction's results.
    ///
    /// - Parameter entries: The number of new history entries.
    mutating func add(
        _ instruction: Instruction, of plan: StagePlan, saying entries: ArraySlice<HistoryItem>
    ) throws(DockerfileError) {
        var count = Self.instructionSize
        for entry in entries { count += entry.entry["created_by"]?.string?.utf8.count ?? 0 }
        if case .run = instruction.content { count += Self.size(of: plan.scope.environment) }
        if !instruction.heredocs.isEmpty { count += instruction.heredocs.reduce(0) { $0 + $1.body.utf8.count } }
        try add(bytes: count, at: instruction.range)
        guard plan.depth <= Self.maximumDepth else {
            throw DockerfileError(
                at: instruction.range, "this makes more than \(Self.maximumDepth) layers on top of each other",
                advice: "put several files into one COPY, and several commands into one RUN")
        }
    }

    private mutating func add(bytes count: Int, at range: SourceRange) throws(DockerfileError) {
        bytes += count
        guard bytes <= Self.limit else {
            throw DockerfileError(
                at: range, "the plan of this build has grown beyond \(Self.limit >> 20) MiB",
                advice: "use fewer and shorter variables, or fewer instructions and stages")
        }
    }

    private static func size(of environment: Environment) -> Int {
        2 * (environment.size + entrySize * environment.count)
    }
}
