internal import DockerfileLanguage
internal import OCI

/// The steps of a plan, each once.
struct StepGraph {
    private(set) var steps: [BuildStep] = []
    private(set) var uses: [[StepUse]] = []
    private var indexes: [BuildStep: Int] = [:]

    /// The index of a step, which is added if necessary.
    mutating func add(_ step: BuildStep) -> Int {
        if let index = indexes[step] { return index }
        steps.append(step)
        uses.append([])
        indexes[step] = steps.count - 1
        return steps.count - 1
    }

    /// Records the uses of steps by a stage. An image that is only copied from counts for the step that copies.
    mutating func note(_ demands: [StagePlan.Demand], of stage: Stage, on platform: Platform, for target: Platform) {
        let count = demands.count(where: \.isOwn)
        var number = 1
        for demand in demands {
            let use = StepUse(
                target: target, platform: platform, stage: stage.label, number: number, count: count,
                text: demand.text, range: demand.range)
            // An instruction may use an image several times.
            if uses[demand.step].last != use { uses[demand.step].append(use) }
            if demand.isOwn { number += 1 }
        }
    }
}
