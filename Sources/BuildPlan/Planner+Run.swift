internal import DockerfileLanguage
internal import OCI

extension Planner {
    /// RUN.
    func carryOut(
        _ run: RunInstruction, _ instruction: Instruction, of stage: Stage, _ plan: inout StagePlan
    ) throws {
        var mounts: [PlannedMount] = []
        for mount in run.mounts { mounts.append(try self.mount(mount, of: stage, plan)) }
        let arguments: [String]
        let said: String
        switch run.script {
        case .exec(let program): (arguments, said) = (program, program.joined(separator: " "))
        case .shell(let text):
            arguments = plan.shell + [text]
            said = arguments.joined(separator: " ")
        case .file(let name, let content):
            let path = "\(RunInstruction.scriptFolder)/\(name)"
            mounts.append(PlannedMount(kind: .file(Array(content.utf8), mode: 0o755), target: path))
            arguments = plan.shell + [path]
            said = instruction.text.dropFirst(instruction.keyword.count + 1) + " # \(content)"
        }
        if let device = run.devices.first {
            throw DockerfileError(at: device.range, "devices cannot be given to a step", advice: "leave --device out")
        }
        let list = plan.scope.argumentList
        let declared = list.isEmpty ? "" : "|\(list.count) \(list.joined(separator: " ")) "
        let work = RunWork(
            arguments: arguments, environment: plan.scope.environment.list,
            proxies: plan.scope.globals.given.proxyEnvironment.list, workingFolder: plan.workingFolder,
            user: plan.user, network: run.network == .default ? request.network : run.network, security: run.security,
            mounts: mounts, platform: plan.platform)
        plan.follow(place(.run(work), on: plan.step), instruction, says: "RUN \(declared)\(said)")
    }

    private func mount(_ mount: RunMount, of stage: Stage, _ plan: StagePlan) throws -> PlannedMount {
        let resolved = try mount.resolved(in: plan.scope.environment)
        let from = try mount.from.map { try source($0, isMount: true, of: stage, plan) }
        var target = resolved.target.map(plan.absolute)
        let kind: PlannedMount.Kind
        switch resolved.kind {
        case .bind(let source, let isReadOnly):
            kind = .bind(from ?? .context(""), path: source, isReadOnly: isReadOnly)
        case .cache(let cache): kind = .cache(cache, source: from)
        case .tmpfs(let size, _): kind = .memory(size: size)
        case .secret(let secret): kind = .secret(secret)
        case .ssh(let agent): kind = .ssh(agent)
        }
        if resolved.target == "" { target = plan.workingFolder }
        guard target != "/" else {
            throw DockerfileError(
                at: mount.range, "a mount cannot cover the whole file system", advice: "give it a target below /")
        }
        return PlannedMount(kind: kind, target: target)
    }
}
