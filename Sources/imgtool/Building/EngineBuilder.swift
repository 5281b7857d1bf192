internal import BuildEngine
internal import BuildPlan
internal import Executor
internal import ImageTools
internal import OCI
internal import Terminal

/// The built-in engine.
final class EngineBuilder: Builder {
    let workspace: Workspace
    private let images: ImageLibrary
    private let stores: StoreDirectory
    private let view: ProgressView
    private let options: Options

    struct Options: Sendable {
        /// The OCI runtime for steps; `nil` to find the best one.
        var runtime: String?
        /// True to ask registries for base images even if their names were built here.
        var asksRegistries = false
    }

    /// Opens the build cache, waiting if another process is pruning it.
    ///
    /// - Throws: ``ImageError``; `CancellationError`.
    init(_ options: Options, stores: StoreDirectory, view: ProgressView) async throws {
        workspace = try await Workspace(folder: CacheFolder.path) {
            view.note("waiting for another imgtool that prunes the cache")
        }
        images = ImageLibrary(stores, folder: "\(workspace.folder)/images")
        self.options = options
        self.stores = stores
        self.view = view
    }

    /// Removes unfinished content. Called at the end of the build in any case.
    func close() { workspace.close() }

    func build(
        _ request: BuildRequest, _ inputs: BuildInputs, showing observer: any BuildObserver,
        transfers: any TransferObserver
    ) async throws -> any BuildResult {
        let (request, inputs) = try await settled(request, inputs)
        let plan = try await PlannedBuild(request, images: StageHints(bases, for: request))
        let executor = SandboxExecutor(folder: workspace.folder, runtime: options.runtime, limits: inputs.limits)
        let snapshotter = LayerSnapshotter(in: workspace) { try await executor.overlaySupport(in: $0) }
        let build = Build(
            plan, inputs: inputs, in: workspace, executor: executor, snapshotter: snapshotter, images: images,
            observer: observer, transfers: transfers)
        return EngineResult(build, try await build.run(), of: plan, images)
    }

    /// The base images of a build.
    var bases: BuiltBases {
        BuiltBases(images, in: stores.local, asksRegistries: options.asksRegistries, view: view)
    }

    /// The request and inputs after `SOURCE_DATE_EPOCH` has been resolved.
    func settled(_ request: BuildRequest, _ inputs: BuildInputs) async throws -> (BuildRequest, BuildInputs) {
        var inputs = inputs
        let epoch = try request.sourceDateEpoch()
        if case .notGiven = epoch { return (request, inputs) }
        inputs.epoch = try await inputs.seconds(of: epoch, in: workspace)
        if inputs.epoch == nil {
            view.warn("the source that SOURCE_DATE_EPOCH names has no time, so it has no effect")
        }
        return (request.settling(epoch: inputs.epoch), inputs)
    }
}

/// The result of the built-in engine.
private struct EngineResult: BuildResult {
    let failures: [(platform: Platform, error: any Error)]
    private let build: Build
    private let built: [Build.Image]
    private let images: ImageLibrary

    init(_ build: Build, _ results: [Result<Build.Image, any Error>], of plan: PlannedBuild, _ images: ImageLibrary) {
        self.build = build
        self.images = images
        var built: [Build.Image] = []
        var failures: [(platform: Platform, error: any Error)] = []
        for (result, image) in zip(results, plan.images) {
            switch result {
            case .success(let image): built.append(image)
            case .failure(let error): failures.append((image.platform, error))
            }
        }
        self.built = built
        self.failures = failures
    }

    var platforms: [Platform] { built.map(\.plan.platform) }

    func assemble(_ export: ImageExport) async throws -> any BuiltImages {
        try await build.assemble(built, export: export, library: images)
    }

    func exportFiles(
        to destination: String, isArchive: Bool, split: PlatformSplit, epoch: Int64?
    ) async throws -> String? {
        try await build.exportFiles(of: built, to: destination, isArchive: isArchive, split: split, epoch: epoch)
    }

    func removeDamagedBlobs() async throws -> Bool { try await build.removeDamagedBlobs(of: built) }
}
