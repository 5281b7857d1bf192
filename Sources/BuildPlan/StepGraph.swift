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

    mutating func note(_ use: StepUse, of place: Int) {
        if !uses[place].contains(use) { uses[place].append(use) }
    }
}
