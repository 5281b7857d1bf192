internal import BuildEngine
internal import BuildPlan
internal import Builders
internal import Concurrency
internal import DockerfileLanguage
internal import OCI
internal import Terminal

/// A run of `imgtool build`, from values to named images: prepare, build, choose, deliver.
struct BuildRun {
    private let invocation: BuildInvocation
    private let session: Session

    init(_ invocation: BuildInvocation, in session: Session) {
        self.invocation = invocation
        self.session = session
    }

    /// - Returns: The lines to print.
    /// - Throws: ``ImageError``; ``DockerfileError``; `CancellationError`.
    func carryOut() async throws -> [String] {
        let progress = BuildProgress(
            view: session.progress, for: invocation.request.platforms,
            command: DebugShellCommand(arguments: Array(ImgtoolCommand.words.dropFirst())))
        let builder = try await builder()
        defer { builder.close() }
        try warn()
        let result = try await builder.build(
            invocation.request, prepared(), showing: progress, transfers: progress.transfers)
        do {
            try check(result)
            var delivery = BuildDelivery(result, stores: session.stores, observer: progress.transfers)
            for output in invocation.outputs { try await delivery.deliver(output) }
            try await delivery.writeRecords(metadata: invocation.metadataFile, identity: invocation.identityFile)
            progress.finish(delivery.completed(progress.summary))
            if let note = delivery.note { session.progress.note(note) }
            return delivery.lines
        } catch {
            if !(error is CancellationError), !(error is StandardOutput.Failure), !Task.isCancelled {
                progress.finish(progress.summary)
            }
            throw error
        }
    }

    private func builder() async throws -> any Builder {
        let view = session.progress
        let engine = try await EngineBuilder(invocation.engine, stores: session.stores, view: view)
        if invocation.builder.isThisMachine { return engine }
        return NodesBuilder(
            invocation.builder, exports: invocation.outputs.map(\.imageExport), engine: engine, view: view)
    }

    /// The inputs, completed for this run.
    private func prepared() -> BuildInputs {
        var inputs = invocation.inputs
        inputs.writeToStandardOutput = { try StandardOutput.write($0) }
        if invocation.opensShell { inputs.conversation = Self.conversation(on: session.progress) }
        return inputs
    }

    /// Warns of flags without effect.
    private func warn() throws {
        let (request, view) = (invocation.request, session.progress)
        if case .notGiven = try request.sourceDateEpoch(), invocation.outputs.contains(where: \.needsTime) {
            view.warn("there is no SOURCE_DATE_EPOCH, so rewrite-timestamp=true has no effect")
        }
        for flag in invocation.unusedFlags { view.warn("\(flag) is not supported yet, and has no effect") }
        let arguments = BuildArguments(
            request.arguments, buildPlatform: request.buildPlatform, targetPlatform: request.platforms[0])
        for name in arguments.unknownNames(in: request.dockerfile) {
            view.warn("no ARG declares \(name), so --build-arg \(name) has no effect")
        }
        if let image = arguments.values["BUILDKIT_SYNTAX"], let warning = DockerfileFrontend.warning(about: image) {
            view.warn(warning)
        }
    }

    /// Opens a shell at the first step that fails.
    private static func conversation(
        on view: ProgressView
    ) -> @Sendable (StepFailure, () async throws -> Void) async throws -> Void {
        let isTaken = Guarded(false)
        return { failure, openShell in
            let isFirst = isTaken.withLock { taken in
                defer { taken = true }
                return !taken
            }
            guard isFirst else { return }
            try await view.pause {
                StandardError.write(line: "\(failure)")
                StandardError.write(line: "this is a shell in its place; exit to continue")
                try await openShell()
            }
        }
    }

    /// Checks that there is something to deliver.
    ///
    /// - Throws: ``ImageError`` if images failed, unless a partial result is allowed.
    private func check(_ result: any BuildResult) throws {
        guard let first = result.failures.first?.error else { return }
        let names = result.failures.map(\.platform.fullDescription).joined(separator: ", ")
        if invocation.allowsPartial, !result.platforms.isEmpty {
            session.progress.warn("there is no image for \(names): \(first)")
            return
        }
        if let failure = first as? StepFailure {
            throw ImageError(
                .failed, "cannot build for \(names)",
                "\(failure.use.map { "the step at \($0.range) " } ?? "a step ")\(failure.verb)")
        }
        if let failure = first as? NodeStepFailure {
            let ending = failure.exitCode.map { "ended with exit code \($0)" } ?? "failed"
            throw ImageError(
                .failed, "cannot build for \(names)",
                "the step at \(failure.range) \(ending) on the node \(failure.node)")
        }
        throw first
    }
}
