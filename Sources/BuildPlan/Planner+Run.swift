internal import DockerfileLanguage
internal import OCI

extension Planner {
    /// RUN.
    func carryOut(
        _ run: RunInstruction, _ instruction: Instruction, of stage: Stage, _ plan: inout StagePlan
    ) throws {
        if let device = run.devices.first {
            throw DockerfileError(at: device.range, "devices cannot be given to a step", advice: "leave --device out")
        }
        var mounts: [PlannedMount] = []
        for mount in run.mounts { mounts.append(try self.mount(mount, of: stage, instruction, &plan)) }
        let arguments: [String]
        switch run.script {
        case .exec(let program): arguments = program
        case .shell(let text): arguments = plan.shell + [text]
        case .file(_, let content) where plan.isWindows: arguments = plan.shell + [content]
        case .file(let name, let content):
            let path = "\(RunInstruction.scriptFolder)/\(name)"
            mounts.append(PlannedMount(kind: .file(Array(content.utf8), mode: 0o755), target: path))
            arguments = plan.shell + [path]
        }
        let given = plan.scope.globals.given
        let work = RunWork(
            arguments: arguments, environment: plan.scope.environment.list,
            proxies: given.proxyEnvironment.list, workingFolder: plan.workingFolder, user: plan.user,
            hostname: given.sandboxHostname, network: run.network == .default ? request.network : run.network,
            security: run.security,
            mounts: mounts, platform: plan.platform)
        let declared = plan.scope.argumentList
        let prefix = declared.isEmpty ? "" : "|\(declared.count) \(declared.joined(separator: " ")) "
        let said = "RUN \(prefix)\(arguments.joined(separator: " "))\(HistoryText.mark)"
        plan.follow(addStep(.run(work), on: plan.step), instruction, says: said)
    }

    private func mount(
        _ mount: RunMount, of stage: Stage, _ instruction: Instruction, _ plan: inout StagePlan
    ) throws -> PlannedMount {
        let resolved = try mount.resolved(in: plan.scope.environment)
        let target = resolved.target.map(plan.absolute)
        if let target { try plan.checkLength(of: target, at: mount.range) }
        guard target != "/" else {
            throw DockerfileError(
                at: mount.range, "a mount cannot cover the whole file system", advice: "give it a target below /")
        }
        func files() throws -> FileSource? {
            try mount.from.map { try source($0, isMount: true, of: stage, instruction, &plan) }
        }
        let kind: PlannedMount.Kind =
            switch resolved.kind {
            case .bind(let source, let isReadOnly):
                .bind(try files() ?? .context(""), path: CleanPath.clean("/\(source)"), isReadOnly: isReadOnly)
            case .cache(let cache): .cache(cache, source: try files())
            case .tmpfs(let size, _): .memory(size: size)
            case .secret(let secret): .secret(secret)
            case .ssh(let agent): .ssh(agent)
            }
        return PlannedMount(kind: kind, target: target)
    }
}
