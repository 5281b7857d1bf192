internal import DockerfileLanguage
internal import OCI

/// The steps of a plan, each once.
struct StepGraph {
    private(set) var steps: [BuildStep] = []
    private(set) var uses: [[StepUse]] = []
    private var places: [BuildStep: Int] = [:]

    /// Where a step is, after it has been added if it was not there.
    mutating func place(_ step: BuildStep) -> Int {
        if let place = places[step] { return place }
        steps.append(step)
        uses.append([])
        places[step] = steps.count - 1
        return steps.count - 1
    }

    /// Notes what a stage has asked for. An image that only files are taken from goes with the step that takes them.
    mutating func note(_ demands: [StagePlan.Demand], of stage: Stage, on platform: Platform, for target: Platform) {
        let count = demands.count(where: \.isOwn)
        var number = 1
        for demand in demands {
            let use = StepUse(
                target: target, platform: platform, stage: stage.label, number: number, count: count,
                text: demand.text, range: demand.range)
            // One instruction may ask for an image several times.
            if uses[demand.step].last != use { uses[demand.step].append(use) }
            if demand.isOwn { number += 1 }
        }
    }
}
