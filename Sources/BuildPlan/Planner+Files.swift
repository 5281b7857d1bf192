internal import DockerfileLanguage
internal import OCI

extension Planner {
    /// WORKDIR. Creates its folder even if the image has it already, since that need not be known. A path that expands
    /// to nothing leaves the folder unchanged.
    func changeFolder(_ word: Word, _ instruction: Instruction, _ plan: inout StagePlan) throws {
        let written = try word.expanded(in: plan.scope.environment).text
        let path = plan.absolute(try plan.path(written, at: word.range))
        try plan.checkLength(of: path, at: word.range)
        plan.workingFolder = path
        guard path != "/" else { return plan.add("WORKDIR /") }
        let step = addStep(.folder(FolderWork(path: path, owner: plan.user)), on: plan.step)
        plan.follow(step, instruction, says: "WORKDIR \(path)")
    }

    /// COPY and ADD.
    func carryOut(
        _ copy: CopyInstruction, _ instruction: Instruction, of stage: Stage, _ plan: inout StagePlan
    ) throws {
        let environment = plan.scope.environment
        func text(_ word: Word?) throws(DockerfileError) -> String? {
            let text = try word?.expanded(in: environment).text
            return text == "" ? nil : text
        }
        let tree = try copy.from.map { try source($0, isMount: false, of: stage, instruction, &plan) } ?? .context("")
        var (sources, said): ([CopyWork.Source], [String]) = ([], [])
        for source in copy.sources {
            switch source {
            case .inline(let heredoc):
                guard !heredoc.name.isEmpty, ![".", ".."].contains(heredoc.name), !heredoc.name.contains("/") else {
                    throw DockerfileError(
                        at: instruction.range, "\"\(heredoc.name)\" cannot be the name of a file",
                        advice: "end the heredoc with a word that can be one")
                }
                let content = try heredoc.expanded(in: environment).text
                sources.append(.inline(name: heredoc.name, content: content))
                said.append("<<\(heredoc.name)")
            case .path(let word):
                let text = try word.expanded(in: environment).text
                sources.append(try self.source(text, at: word.range, from: tree, copy, plan))
                said.append(text)
            }
        }
        let written = try text(copy.destination) ?? "."
        let destination = try plan.path(written, at: copy.destination.range)
        let isFolder = destination.hasSuffix("/") || destination == "." || destination.hasSuffix("/.")
        let path = plan.absolute(destination)
        try plan.checkLength(of: path, at: copy.destination.range)
        let mode = try text(copy.mode)
        // With --chmod, existing parent folders below would get the mode as well, so the tree has to be examined after
        // all.
        let work = CopyWork(
            sources: sources, destination: isFolder && path != "/" ? path + "/" : path, owner: try text(copy.owner),
            mode: mode, isLinked: copy.isLinked && mode == nil,
            excludes: try copy.excludes.compactMap { word throws(DockerfileError) in try text(word) },
            keepsParents: copy.keepsParents, extracts: copy.isAdd ? copy.unpack : false,
            checksum: try checksum(of: copy, sources, environment))
        let words = ["\(instruction.name)"] + work.statedFlags + said + [written]
        plan.follow(
            addStep(.copy(work), on: plan.step), instruction, says: words.joined(separator: " ") + HistoryText.mark)
    }

    private func source(
        _ text: String, at range: SourceRange, from tree: FileSource, _ copy: CopyInstruction, _ plan: StagePlan
    ) throws(DockerfileError) -> CopyWork.Source {
        let remote = try copy.recognise(text, at: range)
        if case .path = remote { return .path(tree, try plan.path(text, at: range)) }
        guard copy.isAdd else {
            throw DockerfileError(at: range, "COPY fetches nothing", advice: "use ADD, or fetch it before")
        }
        guard case .url(let url) = remote else {
            throw DockerfileError(
                at: range, "this is a Git repository, and those cannot be fetched yet",
                advice: "clone it before the build, and COPY the folder")
        }
        // The target of a redirect may provide a name; that is checked then.
        if [".", ".."].contains(url.prefix { $0 != "?" && $0 != "#" }.split(separator: "/").last ?? "") {
            throw DockerfileError(at: range, "this address does not end in the name of a file")
        }
        return .url(url)
    }

    private func checksum(
        of copy: CopyInstruction, _ sources: [CopyWork.Source], _ environment: Environment
    ) throws(DockerfileError) -> String? {
        guard let word = copy.checksum else { return nil }
        let text = try word.expanded(in: environment).text
        guard sources.count == 1, case .url = sources[0] else {
            throw DockerfileError(at: word.range, "--checksum is for one file that is fetched", advice: "leave it out")
        }
        return text.isEmpty ? nil : text
    }

    /// The source named by `--from` of COPY or a mount: a context, a stage, or an image for the target platform.
    func source(
        _ from: CopyFrom, isMount: Bool, of stage: Stage, _ instruction: Instruction, _ plan: inout StagePlan
    ) throws -> FileSource {
        switch try request.origin(of: from, isMount: isMount, for: stage) {
        case .stage(let other): return self.plan(of: other)?.step.map { .step($0) } ?? .nothing
        case .folder(let name): return .context(name)
        case .nothing: return .nothing
        case .image(let reference):
            let image = try image(reference, target, at: from.range)
            if let text = plan.platformText, image.platform.runsProgramsOf(target),
                plan.platform != image.platform.normalized
            {
                note(.targetPlatformImage(from.name, stagePlatform: text, at: from.range))
            }
            let step = addStep(.image(image))
            plan.demands.append(
                StagePlan.Demand(step: step, text: "FROM \(from.name)", range: instruction.range, isOwn: false))
            return .step(step)
        }
    }
}

extension CopyWork {
    /// The flags shown in the history: those that affect the files, not their origin.
    fileprivate var statedFlags: [String] {
        [keepsParents ? "--parents" : nil, owner.map { "--chown=\($0)" }, mode.map { "--chmod=\($0)" }]
            .compactMap { $0 }
    }
}
