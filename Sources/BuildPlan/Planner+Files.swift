internal import DockerfileLanguage
internal import JSON
internal import OCI

extension Planner {
    /// WORKDIR. Each makes its folder, also one that an image has already: who needs it there need not know.
    func changeFolder(_ word: Word, _ instruction: Instruction, _ plan: inout StagePlan) throws {
        let text = try word.expanded(in: plan.scope.environment).text
        guard !text.isEmpty else { throw DockerfileError(at: word.range, "nothing is left of the path") }
        let path = plan.absolute(text)
        plan.configuration[runtime: "WorkingDir"] = .string(path)
        guard path != "/" else { return plan.add("WORKDIR /") }
        let step = place(.folder(FolderWork(path: path, owner: plan.user)), on: plan.step)
        plan.follow(step, instruction, says: "WORKDIR \(path)")
    }

    /// COPY and ADD.
    func carryOut(
        _ copy: CopyInstruction, _ instruction: Instruction, of stage: Stage, _ plan: inout StagePlan
    ) throws {
        let environment = plan.scope.environment
        func text(_ word: Word?) throws(DockerfileError) -> String? {
            try word?.expanded(in: environment).text
        }
        let tree = try copy.from.map { try source($0, isMount: false, of: stage, plan) } ?? .context("")
        var sources: [CopyWork.Source] = []
        for source in copy.sources { sources.append(try self.source(source, tree, copy, environment)) }
        let destination = try text(copy.destination) ?? ""
        guard !destination.isEmpty else {
            throw DockerfileError(at: copy.destination.range, "nothing is left of the destination")
        }
        let isFolder = destination.hasSuffix("/") || destination == "." || destination.hasSuffix("/.")
        let path = plan.absolute(destination)
        let work = CopyWork(
            sources: sources, destination: isFolder && path != "/" ? path + "/" : path, owner: try text(copy.owner),
            mode: try text(copy.mode), isLinked: copy.isLinked,
            excludes: try copy.excludes.map { word throws(DockerfileError) in try text(word) ?? "" },
            keepsParents: copy.keepsParents, extracts: copy.unpack ?? copy.isAdd, checksum: try text(copy.checksum))
        plan.follow(place(.copy(work), on: plan.step), instruction, says: instruction.text)
    }

    private func source(
        _ source: CopyInstruction.Source, _ tree: FileSource, _ copy: CopyInstruction, _ environment: Environment
    ) throws -> CopyWork.Source {
        switch source {
        case .inline(let heredoc):
            return .inline(name: heredoc.name, content: try heredoc.expanded(in: environment).text)
        case .path(let word):
            let path = try word.expanded(in: environment).text
            guard copy.isAdd else { return .path(tree, path) }
            do {
                switch try RemoteSource(recognising: path) {
                case .path(let path): return .path(tree, path)
                case .url(let url): return .url(url)
                case .git:
                    throw DockerfileError(
                        at: word.range, "files of a Git repository cannot be added yet",
                        advice: "clone it before the build, and COPY the folder")
                }
            } catch let error as GitReference.Unusable {
                throw DockerfileError(at: word.range, "\(error)")
            }
        }
    }

    /// What `--from` of COPY or of a mount means: a context, a stage, or an image of the target platform.
    func source(_ from: CopyFrom, isMount: Bool, of stage: Stage, _ plan: StagePlan) throws -> FileSource {
        switch request.context(from.name) {
        case .folder: return .context(from.name)
        case .image(let reference): return .step(place(.image(try image(reference, target, at: from.range))))
        case nil: break
        }
        let other = try isMount ? dockerfile.mountSource(from, for: stage) : dockerfile.source(from, for: stage)
        if let other { return try self.plan(of: other).step.map { .step($0) } ?? .nothing }
        if from.name == "scratch" { return .nothing }
        let image = try image(from.name, target, at: from.range)
        if let platform = stage.from.platform, plan.platform != target.normalized {
            note(.targetPlatformImage(from.name, stagePlatform: platform.text, at: from.range))
        }
        return .step(place(.image(image)))
    }
}
