package import BuildPlan
internal import Concurrency
internal import Glibc
package import ImageTools
internal import OCI

/// A build: runs the steps of a plan that its images need, each once, several at a time, and nothing that an earlier
/// build has done.
package final class Build: Sendable {
    /// What a step has come to.
    struct StepResult: Sendable {
        /// The files that it leaves.
        let snapshot: Snapshot
        /// The layer that it has added; `nil` when it changed nothing, and for an image.
        let layer: Digest?
        /// When that layer was first made, in seconds since 1970.
        let created: Int64?
    }

    /// The image of one platform, as files and words.
    package struct Image: Sendable {
        package let plan: PlannedImage
        package let snapshot: Snapshot
        /// The layer of each step that made one, and when it was made.
        let layers: [Int: (layer: Digest, created: Int64)]
    }

    /// A step that was done, under a key.
    private struct DoneStep: Sendable {
        let place: Int
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
    /// Failures are results here: nobody tries again what another platform has tried.
    private let results = SingleFlight<Int, Result<StepResult, any Error>>()
    /// Steps that turned out to be the same, by their keys.
    private let runs = SingleFlight<Digest, DoneStep>()
    let contexts: BuildContexts
    let caches: CacheMounts
    /// Checks of what earlier builds have found out about the machine.
    let checks = SingleFlight<String, Bool>()
    /// What the executor has warned of.
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

    /// Builds every image of the plan. One that fails does not stop the others.
    ///
    /// - Returns: For each image of the plan, in its order, what became of it.
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

    /// What an operation came to, so that only the end of the whole build is an error.
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

    /// What a step comes to; it is done when nobody has done it.
    func result(of step: Int) async throws -> StepResult {
        try await results.value(for: step) {
            try await self.outcome { try await self.evaluate(step) }
        }.get()
    }

    /// The files of a source; those of a context are not among them.
    package func snapshot(of step: Int?) async throws -> Snapshot {
        guard let step else { return .empty }
        return try await result(of: step).snapshot
    }

    private func evaluate(_ place: Int) async throws -> StepResult {
        let step = plan.steps[place]
        if case .image(let image) = step.work {
            return StepResult(snapshot: Snapshot(of: image), layer: nil, created: nil)
        }
        // All that it needs is begun at once.
        async let base = snapshot(of: step.base)
        _ = try await step.sources.concurrentMap(limit: max(1, step.sources.count)) { try await self.result(of: $0) }
        let snapshot = try await base
        do {
            let record = try await record(of: place, on: snapshot)
            layers.note(record.layer, of: place)
            return StepResult(
                snapshot: snapshot.adding(made: record.layer), layer: record.layer, created: record.created)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // What is given up may fail in many ways, none of which is worth telling.
            try Task.checkCancellation()
            let located = located(error, at: place)
            observer.note(.ended(place, .failed(located)))
            throw located
        }
    }

    /// The error with the line that the step is of.
    private func located(_ error: any Error, at place: Int) -> any Error {
        guard let error = error as? ImageError, let use = plan.uses[place].first else { return error }
        return ImageError(error.code, "\(use.range): \(error.attempt)", error.reason, advice: error.advice)
    }

    private func record(of place: Int, on base: Snapshot) async throws -> CacheIndex.StepRecord {
        switch plan.steps[place].work {
        case .image: CacheIndex.StepRecord(layer: nil, created: 0)
        case .run(let work): try await run(work, place, on: base)
        case .copy(let work): try await copy(work, place, on: base)
        case .folder(let work): try await makeFolder(work, place, on: base)
        }
    }

    /// Whether what earlier builds have made may stand for a step.
    func mayUseCache(for place: Int) -> Bool {
        if inputs.ignoresCache { return false }
        return inputs.uncachedStages.isEmpty
            || !plan.uses[place].contains { inputs.uncachedStages.contains($0.stage.lowercased()) }
    }

    /// What an earlier build has recorded for a key, if it can still be had.
    func recorded(_ key: Digest, for place: Int) throws -> CacheIndex.StepRecord? {
        guard mayUseCache(for: place), let record = try workspace.index.step(key) else { return nil }
        if let layer = record.layer {
            guard try workspace.index.layer(layer) != nil, try layers.exists(layer) else { return nil }
        }
        return record
    }

    /// Records a layer that a step has made.
    func recordLayer(_ layer: MadeLayer?) throws -> CacheIndex.StepRecord {
        let now = Clock.seconds
        let created = try layer.map { layer throws(ImageError) in
            try workspace.index.recordLayer(layer.id, times: layer.times, now: now)
        }
        return CacheIndex.StepRecord(layer: layer?.id, created: created ?? now)
    }

    /// Does a step once for all that have its key.
    ///
    /// - Parameter operation: Does it, and gives the layer.
    func once(
        _ key: Digest, _ place: Int, _ operation: @escaping @Sendable () async throws -> MadeLayer?
    ) async throws -> CacheIndex.StepRecord {
        if let record = try recorded(key, for: place) {
            observer.note(.ended(place, .cached))
            return record
        }
        let done = try await runs.value(for: key) {
            let record = try self.recordLayer(try await operation())
            try self.workspace.index.record(record, of: key, now: Clock.seconds)
            return DoneStep(place: place, record: record)
        }
        if done.place != place { observer.note(.ended(place, .shared(with: done.place))) }
        return done.record
    }
}
