internal import DockerfileLanguage

/// The progress of planning a stage.
struct StageProgress {
    let stage: Stage
    /// The state so far; `nil` before the start.
    var plan: StagePlan?
    /// The remaining instructions, those of triggers first.
    var waiting: ArraySlice<Instruction> = []

    init(of stage: Stage) { self.stage = stage }
}
