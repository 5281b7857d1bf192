internal import BuildPlan
internal import Concurrency
internal import DockerfileLanguage
internal import Executor
internal import FileSystem
internal import Glibc
internal import OCI
internal import Processes
internal import Snapshots

extension Build {
    /// RUN. Its key includes the command, user, working directory, variables, and the files of the snapshot and mounts.
    func run(_ work: RunWork, _ step: Int, on base: Snapshot) async throws -> CacheIndex.StepRecord {
        let mounts = try await mountSources(of: work)
        let key = try key(of: work, on: base, mounts)
        return try await once(key, step) {
            try await self.limiter.run { try await self.execute(work, step, on: base, mounts) }
        }
    }

    private func key(of work: RunWork, on base: Snapshot, _ mounts: [MountedFiles?]) throws -> Digest {
        var key = KeyWriter("run 1")
        key.add(base.chainID)
        key.add(work.arguments)
        key.add(work.environment)
        key.add([
            work.workingFolder, work.user, work.network.rawValue, work.security.rawValue,
            work.platform.normalized.fullDescription,
        ])
        if let hostname = work.hostname { key.add(["hostname", hostname]) }
        if let ids = UserNamespace.shortfall { key.add(["ids", ids]) }
        for (mount, files) in zip(work.mounts, mounts) {
            key.add(mount.target)
            switch mount.kind {
            // The content is an input, its name at the source is not.
            case .bind(_, _, let isReadOnly): key.add(["bind", "\(isReadOnly)"])
            // Caches are not an input: neither their content nor their identity.
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
    /// - Returns: The layer that it made; `nil` if it changed nothing.
    private func execute(
        _ work: RunWork, _ step: Int, on base: Snapshot, _ mounts: [MountedFiles?]
    ) async throws -> MadeLayer? {
        let emulation = try await executor.emulation(for: work.platform)
        // Fetching and writing the files below is other work, and is reported separately.
        let lower = try await lowerFolders(of: base)
        let start = ContinuousClock.now
        observer.note(.began(step, isEmulated: emulation.isEmulated))
        let layer: MadeLayer?
        do {
            layer = try await attempt(work, step, over: lower, mounts, emulation)
        } catch let error as ImageError where error.code == .failed {
            // The machine may have changed since an earlier build. A failure to check is not the reason to report.
            guard (try? await checkAgain()) == true else { throw error }
            layer = try await attempt(work, step, over: lower, mounts, emulation)
        }
        observer.note(.ended(step, .done(start.duration(to: .now))))
        return layer
    }

    /// - Throws: ``ImageError`` if the program could not be started or its result not be saved; ``StepFailure``.
    private func attempt(
        _ work: RunWork, _ step: Int, over lower: LowerFolders, _ mounts: [MountedFiles?], _ emulation: Emulation
    ) async throws -> MadeLayer? {
        let store = workspace.layers
        let scratch = try store.newFolder()
        defer { try? store.discard(scratch) }
        let snapshot = try await snapshotter.prepare(lower.folders, in: "\(scratch)/root")
        var process = process(of: work, snapshot.root, emulation)
        let leases = try await mount(
            work.mounts, mounts, into: &process, scratch: scratch, withEmptyCaches: !mayUseCache(for: step))
        defer { for lease in leases { lease.release() } }

        let tail = OutputTail()
        let began = Guarded(FileStamp.now)
        let limit = Guarded<String?>(nil)
        let ending = try await executor.run(process) { event in
            switch event {
            case .starting: began.withLock { $0 = FileStamp.now }
            case .output(let stream, let bytes):
                tail.add(bytes)
                self.observer.note(.wrote(step, stream, bytes))
            case .warning(let text): self.warnOnce(text)
            case .reachedLimit(let text): limit.withLock { $0 = text }
            }
        }
        guard ending == .exited(status: 0) else {
            let failure = StepFailure(
                step: step, ending: ending, limit: limit.withLock { $0 }, lastLines: tail.lines,
                use: plan.uses[step].first)
            try await inputs.conversation?(failure) { [process] in
                try await self.openShell(in: process, with: snapshot)
            }
            throw failure
        }
        let run = RunPeriod(start: began.withLock { $0 }, end: FileStamp.now)
        let digests = contexts.digests
        return try await OwnThread.run {
            try snapshot.commit(over: lower, madeBy: work.instruction, in: run, with: digests)
        }
    }

    /// Checks saved findings about the machine again, once for all steps.
    private func checkAgain() async throws -> Bool {
        try await checks.value(for: "") {
            let isOtherRuntime = try await self.executor.checkAgain()
            return try await self.snapshotter.checkAgain() || isOtherRuntime
        }
    }

    private func warnOnce(_ text: String) {
        if warnings.withLock({ $0.insert(text).inserted }) { observer.note(.warned(text)) }
    }

    private func process(of work: RunWork, _ root: Mountable, _ emulation: Emulation) -> SandboxSpec {
        var process = SandboxSpec(root: root, arguments: work.arguments)
        let names = Set(work.environment.map { $0.prefix { $0 != "=" } })
        process.environment = work.environment + work.proxies.filter { !names.contains($0.prefix { $0 != "=" }) }
        process.workingFolder = work.workingFolder
        process.user = work.user
        process.hostname = work.hostname ?? process.hostname
        process.network = SandboxSpec.Network(rawValue: work.network.rawValue) ?? .default
        process.security = work.security == .insecure ? .insecure : .sandbox
        process.extraHosts = inputs.extraHosts
        process.emulation = emulation
        if let size = inputs.sharedMemorySize { process.sharedMemorySize = size }
        return process
    }
}

extension Build {
    /// Opens a shell in the state of a failed step: with its files, mounts and variables.
    private func openShell(in process: SandboxSpec, with snapshot: any ActiveSnapshot) async throws {
        var process = process
        process.arguments = ["/bin/sh"]
        process.root = try snapshot.remounted()
        _ = try await executor.converse(process)
    }
}

extension RunWork {
    /// The digest of the command, independent of files and variables.
    fileprivate var instruction: Digest {
        var key = KeyWriter("run")
        key.add(arguments)
        for case .file(let bytes, _) in mounts.map(\.kind) { key.add(Digest(of: bytes)) }
        return key.digest
    }
}

/// The last lines of a program's output.
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

    /// The lines as a terminal shows them: if a line was overwritten, only what was visible last.
    var lines: [String] {
        let text = String(decoding: bytes.withLock { $0 }, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            String(line.split(separator: "\r").last ?? "")
        }
        return lines.suffix(Self.count + 1).filter { !$0.isEmpty }.suffix(Self.count)
    }
}
