internal import DockerfileLanguage

/// How far a stage has been planned.
struct StageProgress {
    let stage: Stage
    /// What it has come to; `nil` before it has begun.
    var plan: StagePlan?
    /// The instructions that are still to be carried out, those of triggers first.
    var waiting: ArraySlice<Instruction> = []

    init(of stage: Stage) { self.stage = stage }
}
