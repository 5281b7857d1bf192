package import BuildPlan
internal import Concurrency
internal import Glibc
package import ImageTools
internal import OCI

/// A build: runs the steps of a plan that its images need, each once, several at a time, skipping those with cached
/// results.
package final class Build: Sendable {
    /// The result of a step.
    struct StepResult: Sendable {
        /// The files after the step.
        let snapshot: Snapshot
        /// The layer that it added; `nil` if it changed nothing, and for an image.
        let layer: Digest?
        /// The time of that layer's creation, in seconds since 1970.
        let created: Int64?
    }

    /// The files and configuration of the image for one platform.
    package struct Image: Sendable {
        package let plan: PlannedImage
        package let snapshot: Snapshot
        /// The layer of each step that made one, and its time of creation.
        let layers: [Int: (layer: Digest, created: Int64)]
    }

    /// A finished step with its key.
    private struct DoneStep: Sendable {
        let step: Int
        let record: CacheIndex.StepRecord
    }

    let plan: PlannedBuild
    let inputs: BuildInputs
    let workspace: Workspace
    let executor: any Executor
    let snapshotter: any Snapshotter
    let layers: BuildLayers
    let observer: any BuildObserver
    let limiter: AsyncLimiter
    /// Failures are results here: they are not retried for other platforms.
    private let results = SingleFlight<Int, Result<StepResult, any Error>>()
    /// Steps that turned out to be the same, by key.
    private let runs = SingleFlight<Digest, DoneStep>()
    let contexts: BuildContexts
    let caches: CacheMounts
    /// Checks of saved findings about the machine.
    let checks = SingleFlight<String, Bool>()
    /// Warnings of the executor.
    let warnings = Guarded<Set<String>>([])

    package init(
        _ plan: PlannedBuild, inputs: BuildInputs, in workspace: Workspace, executor: any Executor,
        snapshotter: any Snapshotter, images: ImageLibrary, observer: any BuildObserver, transfers: any TransferObserver
    ) {
        self.plan = plan
        self.inputs = inputs
        self.workspace = workspace
        self.executor = executor
        self.snapshotter = snapshotter
        self.observer = observer
        layers = BuildLayers(workspace, images: images, observer: observer, transfers: transfers)
        limiter = AsyncLimiter(limit: inputs.jobs)
        contexts = BuildContexts(inputs.contexts, workspace: workspace, observer: observer)
        caches = CacheMounts(folder: "\(workspace.folder)/mounts", namespace: inputs.cacheNamespace)
    }

    /// Builds all images of the plan. One that fails does not stop the others.
    ///
    /// - Returns: The result for each image, in the order of the plan.
    /// - Throws: `CancellationError`.
    package func run() async throws -> [Result<Image, any Error>] {
        observer.note(.planned(plan))
        let built = try await plan.images.concurrentMap(limit: plan.images.count) { image in
            try await self.outcome { try await self.build(image) }
        }
        try await OwnThread.run { try self.contexts.save() }
        try workspace.index.saveUse(now: Clock.seconds)
        return built
    }

    private func build(_ image: PlannedImage) async throws -> Image {
        guard let step = image.step else { return Image(plan: image, snapshot: .empty, layers: [:]) }
        let snapshot = try await result(of: step).snapshot
        var layers: [Int: (layer: Digest, created: Int64)] = [:]
        for step in image.history.compactMap(\.step) {
            let result = try await result(of: step)
            if let layer = result.layer { layers[step] = (layer, result.created ?? Clock.seconds) }
        }
        return Image(plan: image, snapshot: snapshot, layers: layers)
    }

    /// The result of an operation; only the cancellation of the whole build is thrown.
    private func outcome<Value>(
        _ operation: () async throws -> Value
    ) async throws -> Result<Value, any Error> {
        do {
            return .success(try await operation())
        } catch let error as CancellationError {
            throw error
        } catch {
            if Task.isCancelled { throw CancellationError() }
            return .failure(error)
        }
    }

    // MARK: Steps

    /// The result of a step, which is run if necessary.
    func result(of step: Int) async throws -> StepResult {
        try await results.value(for: step) {
            try await self.outcome { try await self.evaluate(step) }
        }.get()
    }

    /// The files of a source other than a context.
    package func snapshot(of step: Int?) async throws -> Snapshot {
        guard let step else { return .empty }
        return try await result(of: step).snapshot
    }

    private func evaluate(_ index: Int) async throws -> StepResult {
        let step = plan.steps[index]
        if case .image(let image) = step.work {
            return StepResult(snapshot: Snapshot(of: image), layer: nil, created: nil)
        }
        // Start all inputs concurrently.
        async let base = snapshot(of: step.base)
        _ = try await step.sources.concurrentMap(limit: max(1, step.sources.count)) { try await self.result(of: $0) }
        let snapshot = try await base
        do {
            let record = try await record(of: index, on: snapshot)
            layers.note(record.layer, of: index)
            return StepResult(
                snapshot: snapshot.adding(made: record.layer), layer: record.layer, created: record.created)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // A cancelled step may fail in many ways, none of which is worth reporting.
            try Task.checkCancellation()
            let located = located(error, at: index)
            observer.note(.ended(index, .failed(located)))
            throw located
        }
    }

    /// The error with the step's location in the Dockerfile.
    private func located(_ error: any Error, at step: Int) -> any Error {
        guard let error = error as? ImageError, let use = plan.uses[step].first else { return error }
        return ImageError(error.code, "\(use.range): \(error.attempt)", error.reason, advice: error.advice)
    }

    private func record(of step: Int, on base: Snapshot) async throws -> CacheIndex.StepRecord {
        switch plan.steps[step].work {
        case .image: CacheIndex.StepRecord(layer: nil, created: 0)
        case .run(let work): try await run(work, step, on: base)
        case .copy(let work): try await copy(work, step, on: base)
        case .folder(let work): try await makeFolder(work, step, on: base)
        }
    }

    /// Returns true if a step may use results of earlier builds.
    func mayUseCache(for step: Int) -> Bool {
        if inputs.ignoresCache { return false }
        return inputs.uncachedStages.isEmpty
            || !plan.uses[step].contains { inputs.uncachedStages.contains($0.stage.lowercased()) }
    }

    /// The recorded result for a key, if it is still available.
    func recorded(_ key: Digest, for step: Int) throws -> CacheIndex.StepRecord? {
        guard mayUseCache(for: step), let record = try workspace.index.step(key) else { return nil }
        if let layer = record.layer {
            guard try workspace.index.layer(layer) != nil, try layers.exists(layer) else { return nil }
        }
        return record
    }

    /// Records a layer made by a step.
    func recordLayer(_ layer: MadeLayer?) throws -> CacheIndex.StepRecord {
        let now = Clock.seconds
        let created = try layer.map { layer throws(ImageError) in
            try workspace.index.recordLayer(layer.id, times: layer.times, now: now)
        }
        return CacheIndex.StepRecord(layer: layer?.id, created: created ?? now)
    }

    /// Runs a step once for all that have its key.
    ///
    /// - Parameter operation: Runs the step, and returns its layer.
    func once(
        _ key: Digest, _ step: Int, _ operation: @escaping @Sendable () async throws -> MadeLayer?
    ) async throws -> CacheIndex.StepRecord {
        if let record = try recorded(key, for: step) {
            observer.note(.ended(step, .cached))
            return record
        }
        let done = try await runs.value(for: key) {
            let record = try self.recordLayer(try await operation())
            try self.workspace.index.record(record, of: key, now: Clock.seconds)
            return DoneStep(step: step, record: record)
        }
        if done.step != step { observer.note(.ended(step, .shared(with: done.step))) }
        return done.record
    }
}
