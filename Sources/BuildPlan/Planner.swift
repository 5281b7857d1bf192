internal import DockerfileLanguage
internal import JSON
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
    var dockerfile: Dockerfile { request.dockerfile }
    private(set) var graph = StepGraph()
    private(set) var notes: [DockerfileNote] = []
    /// The platform that is being planned for, and what FROM sees for it.
    private(set) var target = Platform.host
    private var globals: GlobalScope
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
        let stage = try dockerfile.target(request.target)
        var plan = try self.plan(of: stage)
        if !plan.platform.matches(platform), platform != plan.platform {
            note(
                .invalidBaseImagePlatform, at: stage.from.range,
                "the image for \(platform) is made of files for \(plan.platform); "
                    + "take \(stage.label) from a stage without --platform")
        }
        plan.configuration.label(request.labels)
        return PlannedImage(
            platform: platform, step: plan.step, configuration: plan.configuration.finished(for: platform, plan.scope),
            history: plan.history)
    }

    /// The plan of a whole stage, made once.
    func plan(of stage: Stage) throws -> StagePlan {
        if let plan = stages[stage.index] { return plan }
        var plan = try start(of: stage)
        let first = plan.step
        for trigger in plan.configuration.strings("OnBuild") {
            let instruction = try Instruction(trigger: trigger, name: "ONBUILD of \(stage.from.base.text)")
            try carryOut(instruction, of: stage, &plan, isTrigger: true)
        }
        for instruction in stage.instructions { try carryOut(instruction, of: stage, &plan, isTrigger: false) }
        noteUses(plan, of: stage, first)
        stages[stage.index] = plan
        return plan
    }

    func note(_ rule: DockerfileNote.Rule, at range: SourceRange, _ message: String) {
        note(DockerfileNote(rule, at: range, message))
    }

    func note(_ note: DockerfileNote) {
        guard dockerfile.directives.check.reports(note.rule), !notes.contains(note) else { return }
        notes.append(note)
    }

    func place(_ work: BuildStep.Work, on base: Int? = nil) -> Int {
        graph.place(BuildStep(work, on: base))
    }

    /// An image that has been looked up.
    func image(_ reference: String, _ platform: Platform, at range: SourceRange) throws -> BaseImage {
        let request = BaseImage.Request(reference: reference, platform: platform)
        guard let image = images[request] else { throw MissingImage(request: request, range: range) }
        return image
    }

    // MARK: The beginning of a stage

    private func start(of stage: Stage) throws -> StagePlan {
        let base = try globals.base(of: stage.from)
        let platform = base.platform ?? target
        switch request.context(base.name) {
        case .folder:
            return folder(base.name)
        case .image(let reference):
            return try start(with: image(reference, platform, at: stage.from.base.range), platform, stage)
        case nil: break
        }
        if let other = dockerfile.base(base.name, of: stage) {
            var plan = try self.plan(of: other)
            plan.scope = StageScope(inheriting: plan.scope)
            plan.hasCommand = false
            plan.requests = []
            return plan
        }
        if base.name == "scratch" { return empty }
        return try start(with: image(base.name, platform, at: stage.from.base.range), platform, stage)
    }

    private var empty: StagePlan {
        StagePlan(
            scope: StageScope(image: Environment(), globals: globals), configuration: ImageConfiguration(),
            history: [], platform: target)
    }

    private func folder(_ name: String) -> StagePlan {
        var plan = empty
        plan.step = place(.copy(.all(of: .context(name))))
        plan.add("FROM \(name)", step: plan.step)
        return plan
    }

    private func start(with image: BaseImage, _ platform: Platform, _ stage: Stage) throws -> StagePlan {
        if !platform.matches(image.platform), image.platform != platform {
            note(
                .invalidBaseImagePlatform, at: stage.from.base.range,
                "\(image.name) is only there for \(image.platform), not for \(platform)")
        }
        let history = (image.configuration["history"]?.array ?? []).compactMap(\.object)
        return StagePlan(
            step: place(.image(image)),
            scope: StageScope(
                image: Environment(image.configuration.strings("Env")), globals: globals,
                isWindows: image.platform.os == "windows"),
            configuration: image.configuration, history: history.map { HistoryItem(entry: $0, isInherited: true) },
            platform: image.platform.normalized)
    }

    private func noteUses(_ plan: StagePlan, of stage: Stage, _ first: Int?) {
        var requests = plan.requests
        if let first { requests.insert((first, stage.from.text, stage.from.range), at: 0) }
        for (index, request) in requests.enumerated() {
            // What begins with a stage is that stage's own last step.
            if index == 0, first != nil, dockerfile.stages.contains(where: { stages[$0.index]?.step == first }) {
                continue
            }
            graph.note(
                StepUse(
                    target: target, platform: plan.platform, stage: stage.label, number: index + 1,
                    count: requests.count, text: request.text, range: request.range),
                of: request.step)
        }
    }
}

extension BuildRequest {
    func globals(for platform: Platform) throws(DockerfileError) -> GlobalScope {
        try GlobalScope(
            of: dockerfile, target: dockerfile.target(target),
            given: BuildArguments(arguments, buildPlatform: buildPlatform, targetPlatform: platform))
    }
}

extension CopyWork {
    /// Everything of a source, into the root.
    static func all(of source: FileSource) -> CopyWork {
        CopyWork(
            sources: [.path(source, "/")], destination: "/", isLinked: true, excludes: [], keepsParents: false,
            extracts: false)
    }
}
