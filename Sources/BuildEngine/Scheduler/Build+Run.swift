internal import BuildPlan
internal import Concurrency
internal import DockerfileLanguage
internal import Executor
internal import Glibc
internal import OCI
internal import Processes
internal import Snapshots

extension Build {
    /// RUN: keyed by what it runs, as whom, where, with which variables, and by the files that it starts with and sees.
    func run(_ work: RunWork, _ place: Int, on base: Snapshot) async throws -> CacheIndex.StepRecord {
        let mounts = try await mountSources(of: work)
        let key = try key(of: work, on: base, mounts)
        return try await once(key, place) {
            try await self.limiter.run { try await self.execute(work, place, on: base, mounts) }
        }
    }

    private func key(of work: RunWork, on base: Snapshot, _ mounts: [MountedFiles?]) throws -> Digest {
        var key = KeyWriter("run 1")
        key.add(base.identity)
        key.add(work.arguments)
        key.add(work.environment)
        key.add([
            work.workingFolder, work.user, work.network.rawValue, work.security.rawValue,
            work.platform.normalized.fullDescription,
        ])
        if let hostname = work.hostname { key.add(["hostname", hostname]) }
        for (mount, files) in zip(work.mounts, mounts) {
            key.add(mount.target)
            switch mount.kind {
            // What is seen there is an input, not how it is called where it comes from.
            case .bind(_, _, let isReadOnly): key.add(["bind", "\(isReadOnly)"])
            // A cache is no input: neither what is in it nor which one it is.
            case .cache: key.add("cache")
            case .memory(let size): key.add(["tmpfs", "\(size)"])
            case .secret(let secret): key.add(["secret", secret.id, secret.variable ?? ""])
            case .ssh(let agent): key.add(["ssh", agent.id])
            case .file(let bytes, _): key.add(["file", Digest(of: bytes).description])
            }
            if case .bind = mount.kind, let files { key.add(files.identity) }
        }
        return key.digest
    }

    /// Runs the program of a step.
    ///
    /// - Returns: The layer that it made; `nil` when it changed nothing.
    private func execute(
        _ work: RunWork, _ place: Int, on base: Snapshot, _ mounts: [MountedFiles?]
    ) async throws -> MadeLayer? {
        let emulation = try await tools.emulation(for: work.platform)
        // To fetch and to write the files that it starts with is other work, which is shown for itself.
        let lower = try await lowerFolders(of: base)
        let start = ContinuousClock.now
        observer.note(.began(place, isEmulated: emulation.isEmulated))
        let layer: MadeLayer?
        do {
            layer = try await attempt(work, place, over: lower, mounts, emulation)
        } catch let error as ImageError where error.code == .failed {
            // The machine may no longer be the one that earlier builds have found. What hinders a trial is not the reason.
            guard (try? await tools.tryAgain()) == true else { throw error }
            layer = try await attempt(work, place, over: lower, mounts, emulation)
        }
        observer.note(.ended(place, .done(start.duration(to: .now))))
        return layer
    }

    /// - Throws: ``ImageError`` when the program could not be started, or what it left not be kept; ``StepFailure``.
    private func attempt(
        _ work: RunWork, _ place: Int, over lower: LowerFolders, _ mounts: [MountedFiles?], _ emulation: Emulation
    ) async throws -> MadeLayer? {
        let store = workspace.layers
        let scratch = try store.newFolder()
        defer { try? store.discard(scratch) }
        let root = try await writableTree(of: lower.folders, in: "\(scratch)/root")
        var spec = spec(of: work, root.tree, emulation)
        let leases = try await mount(
            work.mounts, mounts, into: &spec, scratch: scratch, withEmptyCaches: !mayUseCache(for: place))
        defer { for lease in leases { lease.release() } }

        let tail = OutputTail()
        let observer = observer
        let sandbox = try await joinNetwork(&spec)
        if let weakness = try await tools.weakness() { warnOnce(weakness) }
        let began = FileStamp.now
        let ending = try await sandbox.run(spec) { stream, bytes in
            tail.add(bytes)
            observer.note(.wrote(place, stream, bytes))
        }
        guard ending == .exited(status: 0) else {
            let failure = StepFailure(step: place, ending: ending, lastLines: tail.lines, use: plan.uses[place].first)
            try await inputs.conversation?(failure) { [spec] in try await self.openShell(in: spec) }
            throw failure
        }
        let run = RunPeriod(start: began, end: FileStamp.now)
        return try await OwnThread.run { try self.adopt(root, over: lower, madeBy: work.instruction, in: run) }
    }

    /// Gives a step that asks for no network in particular that of the build, where there can be one.
    private func joinNetwork(_ spec: inout SandboxSpec) async throws -> Sandbox {
        guard spec.network == .default else { return try await tools.sandbox() }
        let choice = try await tools.network()
        if let weakness = choice.weakness { warnOnce(weakness) }
        guard let network = choice.network else { return try await tools.sandbox() }
        spec.network = .own
        if let proxy = spec.environment.first(where: ProxyVariable.leadsToLoopback) {
            warnOnce(
                "\(proxy.prefix { $0 != "=" }) is a proxy on this machine's loopback device, which steps do not reach; "
                    + "let it listen on another address, or build with --network host")
        }
        return try await tools.sandbox(in: network)
    }

    private func warnOnce(_ text: String) {
        if weaknesses.withLock({ $0.insert(text).inserted }) { observer.note(.warned(text)) }
    }

    private func spec(of work: RunWork, _ root: Mountable, _ emulation: Emulation) -> SandboxSpec {
        var spec = SandboxSpec(root: root, arguments: work.arguments)
        let names = Set(work.environment.map { $0.prefix { $0 != "=" } })
        spec.environment = work.environment + work.proxies.filter { !names.contains($0.prefix { $0 != "=" }) }
        spec.workingFolder = work.workingFolder
        spec.user = work.user
        spec.hostname = work.hostname ?? spec.hostname
        spec.network = SandboxSpec.Network(rawValue: work.network.rawValue) ?? .default
        spec.security = work.security == .insecure ? .insecure : .sandbox
        spec.extraHosts = inputs.extraHosts
        spec.emulation = emulation
        if let size = inputs.sharedMemorySize { spec.sharedMemorySize = size }
        return spec
    }
}

extension Build {
    /// Lets a person look around where a step has failed: with its files, mounts and variables.
    private func openShell(in spec: SandboxSpec) async throws {
        var spec = spec
        spec.arguments = ["/bin/sh"]
        if case .overlay(let layers, let upper, let work) = spec.root {
            // A work folder serves one mount.
            try makeFolder(at: "\(work)-shell")
            spec.root = .overlay(layers: layers, upper: upper, work: "\(work)-shell")
        }
        let network = spec.network == .own ? try await tools.network().network : nil
        _ = try await tools.sandbox(in: network).converse(spec)
    }
}

extension RunWork {
    /// What it runs, whatever the files and variables are that it finds.
    fileprivate var instruction: Digest {
        var key = KeyWriter("run")
        key.add(arguments)
        for case .file(let bytes, _) in mounts.map(\.kind) { key.add(Digest(of: bytes)) }
        return key.digest
    }
}

/// The last lines of what a program writes.
final class OutputTail: Sendable {
    private static let limit = 64 << 10
    private static let count = 20
    private let bytes = Guarded<[UInt8]>([])

    func add(_ piece: [UInt8]) {
        bytes.withLock { bytes in
            bytes += piece
            if bytes.count > 2 * Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
        }
    }

    /// Without what a terminal would not show either: a line that was overwritten from its start.
    var lines: [String] {
        let text = String(decoding: bytes.withLock { $0 }, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            String(line.split(separator: "\r").last ?? "")
        }
        return lines.suffix(Self.count + 1).filter { !$0.isEmpty }.suffix(Self.count)
    }
}
