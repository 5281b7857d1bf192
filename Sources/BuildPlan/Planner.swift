internal import DockerfileLanguage
internal import OCI

/// Carries out the instructions of stages, as far as that takes no files: what has to be done later becomes a step.
final class Planner {
    /// An image has not been looked up yet.
    struct MissingImage: Error {
        let request: BaseImage.Request
        let range: SourceRange
    }

    let request: BuildRequest
    let images: [BaseImage.Request: BaseImage]
    private(set) var graph = StepGraph()
    private(set) var notes: [DockerfileNote] = []
    /// The platform that is being planned for, and what FROM sees for it.
    private(set) var target = Platform.host
    private var globals: GlobalScope
    /// The stages that have been planned for it.
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
        let plan = try self.plan(of: stage)
        if let text = plan.platformText, !plan.platform.runsProgramsOf(platform) {
            note(
                .invalidBaseImagePlatform, at: stage.from.range,
                "the image for \(platform) is made of files for \(plan.platform); "
                    + "build \(stage.label) on a FROM without --platform=\(text)")
        }
        var configuration = plan.configuration
        configuration.label(request.labels)
        return PlannedImage(
            platform: platform, step: plan.step,
            configuration: configuration.finished(for: platform, environment: plan.scope.imageEnvironment.list),
            history: plan.history)
    }

    /// The plan of a whole stage, made once.
    func plan(of stage: Stage) throws -> StagePlan {
        if let plan = stages[stage.index] { return plan }
        var plan = try start(of: stage)
        let triggers = plan.takeTriggers()
        if request.replacement(of: stage) == nil {
            for instruction in triggers + stage.instructions { try carryOut(instruction, of: stage, &plan) }
        }
        graph.note(plan.demands, of: stage, on: plan.platform, for: target)
        stages[stage.index] = plan
        return plan
    }

    /// Carries out one instruction.
    private func carryOut(_ instruction: Instruction, of stage: Stage, _ plan: inout StagePlan) throws {
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
        guard request.dockerfile.directives.check.reports(note.rule), !notes.contains(note) else { return }
        notes.append(note)
    }

    func place(_ work: BuildStep.Work, on base: Int? = nil) -> Int {
        graph.place(BuildStep(work, on: base))
    }

    /// An image that has been looked up.
    func image(_ reference: String, _ platform: Platform, at range: SourceRange) throws -> BaseImage {
        let request = BaseImage.Request(reference: reference, platform: platform)
        guard let image = images[request] else { throw MissingImage(request: request, range: range) }
        if !image.platform.runsProgramsOf(platform) {
            note(
                .invalidBaseImagePlatform, at: range,
                "\(image.name) is only there for \(image.platform), not for \(platform)")
        }
        return image
    }

    // MARK: The beginning of a stage

    private func start(of stage: Stage) throws -> StagePlan {
        let base = try globals.base(of: stage.from)
        switch request.origin(of: base, for: stage) {
        case .stage(let other):
            let below = try plan(of: other)
            noteIgnoredPlatform(base, of: stage, on: other, below)
            return StagePlan(on: below)
        case .image(let reference):
            let image = try image(reference, base.platform ?? target, at: stage.from.base.range)
            var plan = try start(with: image, of: stage)
            plan.platformText = stage.from.platform?.text
            plan.requestedPlatform = base.platform ?? target.normalized
            return plan
        case .folder(let name):
            var plan = empty
            let step = place(.copy(.all(of: .context(name))))
            plan.step = step
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

    /// Without files, a stage is always one of the target platform.
    private var empty: StagePlan {
        let scope = StageScope(image: Environment(), globals: globals, isWindows: target.os == "windows")
        var plan = StagePlan(scope: scope, configuration: ImageConfiguration(), platform: target.normalized)
        plan.workingFolder = "/"
        return plan
    }

    private func start(with image: BaseImage, of stage: Stage) throws -> StagePlan {
        let step = place(.image(image))
        let isWindows = image.platform.os == "windows"
        let scope = StageScope(
            image: Environment(image.configuration.strings("Env")), globals: globals, isWindows: isWindows)
        var plan = StagePlan(
            step: step, scope: scope, configuration: image.configuration, platform: image.platform.normalized)
        if plan.workingFolder != "/" { plan.workingFolder = CleanPath.clean("/\(plan.workingFolder)") }
        plan.history = image.history
        plan.isOnWindowsImage = isWindows && !image.layers.isEmpty
        plan.demands = [StagePlan.Demand(step: step, text: stage.from.text, range: stage.from.range)]
        plan.triggers = try image.configuration.strings("OnBuild").map { trigger throws(DockerfileError) in
            try Instruction(trigger: trigger, name: "ONBUILD of \(image.name)")
        }
        return plan
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
    /// Everything of a source, into the root.
    fileprivate static func all(of source: FileSource) -> CopyWork {
        CopyWork(
            sources: [.path(source, "/")], destination: "/", isLinked: true, excludes: [], keepsParents: false,
            extracts: false)
    }
}
