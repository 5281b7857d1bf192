internal import DockerfileLanguage
internal import JSON
internal import OCI

/// Carries out the instructions of stages as far as possible without files; the rest becomes steps.
final class Planner {
    /// An image that has not been looked up yet.
    struct MissingImage: Error {
        let request: BaseImage.Request
        let range: SourceRange
    }

    let request: BuildRequest
    let images: [BaseImage.Request: BaseImage]
    private(set) var graph = StepGraph()
    private(set) var notes: [DockerfileNote] = []
    private var known: Set<DockerfileNote> = []
    private var size = PlanSize()
    /// The current target platform, and the variables of FROM for it.
    private(set) var target = Platform.host
    private var globals: GlobalScope
    /// The stages planned for the current target platform.
    private var stages: [Int: StagePlan] = [:]

    /// - Throws: ``DockerfileError``.
    init(_ request: BuildRequest, images: [BaseImage.Request: BaseImage]) throws(DockerfileError) {
        self.request = request
        self.images = images
        globals = try request.globals(for: request.platforms[0])
    }

    /// - Throws: ``DockerfileError``; ``MissingImage``.
    func plan(for platform: Platform) throws -> PlannedImage {
        target = platform
        globals = try request.globals(for: platform)
        stages = [:]
        let stage = try request.dockerfile.target(request.target)
        try carryOut(stage)
        let chain = chain(of: stage)
        let plan = chain[chain.count - 1]
        if let text = plan.platformText, !plan.platform.runsProgramsOf(platform) {
            note(
                .invalidBaseImagePlatform, at: stage.from.range,
                "the image for \(platform) is made of files for \(plan.platform); "
                    + "build \(stage.label) on a FROM without --platform=\(text)")
        }
        var configuration = plan.configuration
        configuration.insert(Array(chain.flatMap(\.additions.ports)), into: "ExposedPorts")
        configuration.insert(chain.flatMap(\.additions.volumes), into: "Volumes")
        configuration.label(chain.flatMap(\.additions.labels) + request.labels)
        let triggers = plan.additions.triggers.map { JSONValue.string($0) }
        configuration[runtime: "OnBuild"] = triggers.isEmpty ? nil : .array(triggers)
        return PlannedImage(
            platform: platform, step: plan.step,
            configuration: configuration.finished(for: platform, environment: plan.scope.imageEnvironment.list),
            history: chain.flatMap(\.history))
    }

    /// A planned stage; always available for stages that the current one needs.
    func plan(of stage: Stage) -> StagePlan? { stages[stage.index] }

    /// Plans a stage and all that it needs. The nesting depth is up to the Dockerfile, so pending stages go into a
    /// list, not onto the call stack.
    private func carryOut(_ stage: Stage) throws {
        var waiting = [StageProgress(of: stage)]
        while var progress = waiting.popLast() {
            if let needed = try advance(&progress) {
                waiting.append(progress)
                waiting.append(StageProgress(of: needed))
            } else if let plan = progress.plan {
                graph.note(plan.demands, of: progress.stage, on: plan.platform, for: target)
                stages[progress.stage.index] = plan
            }
        }
    }

    /// Carries out a stage up to its end, or up to an instruction that needs a stage not planned yet.
    ///
    /// - Returns: The stage that is needed.
    private func advance(_ progress: inout StageProgress) throws -> Stage? {
        let stage = progress.stage
        if progress.plan == nil {
            let base = try globals.base(of: stage.from)
            let origin = try request.origin(of: base, for: stage)
            if case .stage(let other) = origin, stages[other.index] == nil { return other }
            var plan = try start(of: stage, on: origin, base)
            try size.add(start: plan, at: stage.from.range)
            progress.waiting = plan.takeTriggers()[...]
            if request.replacement(of: stage) == nil { progress.waiting += stage.instructions }
            progress.plan = plan
        }
        guard var plan = progress.plan.take() else { return nil }
        defer { progress.plan = plan }
        while let instruction = progress.waiting.first {
            for (from, isMount) in instruction.sources {
                let origin = try request.origin(of: from, isMount: isMount, for: stage)
                if case .stage(let other) = origin, stages[other.index] == nil { return other }
            }
            let count = plan.history.count
            try carryOut(instruction, of: stage, &plan)
            try size.add(instruction, of: plan, saying: plan.history[count...])
            progress.waiting.removeFirst()
        }
        return nil
    }

    /// The stages below a stage, the lowest first, and the stage itself.
    private func chain(of stage: Stage) -> [StagePlan] {
        var chain: [StagePlan] = []
        var next: Int? = stage.index
        while let index = next, let plan = stages[index] {
            chain.append(plan)
            next = plan.below
        }
        return chain.reversed()
    }

    /// Carries out one instruction.
    private func carryOut(_ instruction: Instruction, of stage: Stage, _ plan: inout StagePlan) throws {
        try request.checkEntitlements(of: instruction)
        noteMisplacedFiles(instruction, of: stage, plan)
        switch instruction.content {
        case .run(let run): try carryOut(run, instruction, of: stage, &plan)
        case .copy(let copy): try carryOut(copy, instruction, of: stage, &plan)
        case .workdir(let word): try changeFolder(word, instruction, &plan)
        default: try plan.configure(instruction)
        }
    }

    func note(_ rule: DockerfileNote.Rule, at range: SourceRange, _ message: String) {
        note(DockerfileNote(rule, at: range, message))
    }

    func note(_ note: DockerfileNote) {
        guard request.dockerfile.directives.check.reports(note.rule), known.insert(note).inserted else { return }
        notes.append(note)
    }

    func addStep(_ work: BuildStep.Work, on base: Int? = nil) -> Int {
        graph.add(BuildStep(work, on: base))
    }

    /// The image found for a reference.
    func image(_ reference: String, _ platform: Platform, at range: SourceRange) throws -> BaseImage {
        let request = BaseImage.Request(reference: reference, platform: platform)
        guard let image = images[request] else { throw MissingImage(request: request, range: range) }
        if !image.platform.runsProgramsOf(platform) {
            note(
                .invalidBaseImagePlatform, at: range,
                "\(image.name) is only available for \(image.platform), not for \(platform)")
        }
        return image
    }

    // MARK: Starting a stage

    private func start(of stage: Stage, on origin: Origin, _ base: GlobalScope.Base) throws -> StagePlan {
        switch origin {
        case .stage(let other):
            guard let below = plan(of: other) else { return empty }
            noteIgnoredPlatform(base, of: stage, on: other, below)
            return StagePlan(on: below, of: other.index)
        case .image(let reference):
            let image = try image(reference, base.platform ?? target, at: stage.from.base.range)
            var plan = try start(with: image, of: stage)
            plan.platformText = stage.from.platform?.text
            plan.requestedPlatform = base.platform ?? target.normalized
            return plan
        case .folder(let name):
            var plan = empty
            let step = addStep(.copy(.all(of: .context(name))))
            plan.step = step
            plan.depth = 1
            plan.demands = [StagePlan.Demand(step: step, text: stage.from.text, range: stage.from.range)]
            plan.add(stage.from.text, step: step)
            return plan
        case .nothing:
            return empty
        }
    }

    private func noteMisplacedFiles(_ instruction: Instruction, of stage: Stage, _ plan: StagePlan) {
        guard plan.isOnWindowsImage, [.copy, .add, .workdir].contains(instruction.name) else { return }
        note(
            .windowsFiles, at: stage.from.range,
            "Windows will not find the files of this stage: the layers of its images have them below Files, where "
                + "they cannot be put yet; build on scratch, or on Windows")
    }

    private func noteIgnoredPlatform(
        _ base: GlobalScope.Base, of stage: Stage, on other: Stage, _ below: StagePlan
    ) {
        guard let wanted = base.platform, let word = stage.from.platform, wanted != below.requestedPlatform else {
            return
        }
        note(
            .fromPlatformIgnored, at: word.range,
            "\(other.label) is a stage for \(below.requestedPlatform) and stays one, so --platform does nothing here; "
                + "put it on the FROM of \(other.label)")
    }

    /// A stage without files, which is always for the target platform.
    private var empty: StagePlan {
        let scope = StageScope(image: Environment(), globals: globals, isWindows: target.os == "windows")
        var plan = StagePlan(scope: scope, configuration: ImageConfiguration(), platform: target.normalized)
        plan.workingFolder = "/"
        return plan
    }

    private func start(with image: BaseImage, of stage: Stage) throws -> StagePlan {
        let step = addStep(.image(image))
        let isWindows = image.platform.os == "windows"
        let scope = StageScope(
            image: Environment(image.configuration.strings("Env")), globals: globals, isWindows: isWindows)
        var plan = StagePlan(
            step: step, scope: scope, configuration: image.configuration.inheritable,
            platform: image.platform.normalized)
        if plan.workingFolder != "/" { plan.workingFolder = CleanPath.clean("/\(plan.workingFolder)") }
        plan.history = image.history
        plan.depth = image.layers.count
        plan.isOnWindowsImage = isWindows && !image.layers.isEmpty
        plan.demands = [StagePlan.Demand(step: step, text: stage.from.text, range: stage.from.range)]
        plan.triggers = try image.triggers
        return plan
    }
}

extension BaseImage {
    /// The ONBUILD instructions for stages on top of this image.
    var triggers: [Instruction] {
        get throws(DockerfileError) {
            try configuration.strings("OnBuild").map { trigger throws(DockerfileError) in
                try Instruction(trigger: trigger, name: "ONBUILD of \(name)")
            }
        }
    }
}

extension BuildRequest {
    func globals(for platform: Platform) throws(DockerfileError) -> GlobalScope {
        try GlobalScope(
            of: dockerfile, target: dockerfile.target(target),
            given: BuildArguments(
                arguments, proxies: proxies, buildPlatform: buildPlatform, targetPlatform: platform),
            settled: globalValues)
    }
}

extension CopyWork {
    /// All files of a source, copied to the root.
    fileprivate static func all(of source: FileSource) -> CopyWork {
        CopyWork(
            sources: [.path(source, "/")], destination: "/", isLinked: true, excludes: [], keepsParents: false,
            extracts: false)
    }
}
