internal import BuildEngine
internal import BuildPlan
internal import Builders
internal import Concurrency
internal import DockerfileLanguage
internal import ImageTools
internal import OCI
internal import Registry
internal import Terminal

/// The nodes of a builder, each of which builds its platforms.
final class NodesBuilder: Builder {
    private let definition: BuilderDefinition
    private let workspace: Workspace
    private let stores: StoreDirectory
    private let view: ProgressView
    private let options: EngineBuilder.Options
    private let exports: [ImageExport?]
    /// The engine of this machine, which may be a node, too.
    private let engine = Guarded<EngineBuilder?>(nil)

    /// - Parameters:
    ///   - exports: The forms in which images will be wanted; `nil` for an output that is no image. The first one is made
    ///     by the build itself.
    /// - Throws: ``ImageError``; `CancellationError`.
    init(
        _ definition: BuilderDefinition, exports: [ImageExport?], options: EngineBuilder.Options,
        stores: StoreDirectory, view: ProgressView
    ) async throws {
        workspace = try await Workspace(folder: CacheFolder.path) {
            view.note("waiting for another imgtool that prunes the cache")
        }
        self.definition = definition
        self.exports = exports
        self.options = options
        self.stores = stores
        self.view = view
    }

    func close() {
        engine.withLock { $0?.close() }
        workspace.close()
    }

    func build(
        _ request: BuildRequest, _ inputs: BuildInputs, showing observer: any BuildObserver,
        transfers: any TransferObserver
    ) async throws -> any BuildResult {
        let (request, inputs) = try await EngineBuilder.settled(request, inputs, in: workspace, view)
        let directory = BuilderChoice.directory
        let common = NodeBuild.Common(
            request, inputs, ignoreFile: try Self.ignoreFile(inputs),
            credential: { try await Self.login(for: $0) })
        let statuses = await NodeInquiry(directory, here: ThisMachine.status).statuses(of: [definition])[0]
        var nodes = NodePool(definition, statuses)
        let library = ImageLibrary(stores, folder: "\(workspace.folder)/images")
        let bases = BuiltBases(library, in: stores.local, asksRegistries: options.asksRegistries, view: view)
        let blobs = NodeBlobs(folder: "\(workspace.folder)/nodes")
        let engine = try await EngineBuilder(options, stores: stores, view: view)
        self.engine.withLock { $0 = engine }
        let job = NodesJob(
            common: common, directory: directory, bases: bases, steps: NodeSteps(observer), blobs: blobs, view: view,
            engine: engine, transfers: transfers)
        let result = try await job.run(request.platforms, on: &nodes, exports.first ?? nil)
        directory.noteActivity(of: definition)
        return result
    }

    /// The ignore file that stands beside the Dockerfile under its name.
    private static func ignoreFile(_ inputs: BuildInputs) throws -> [UInt8]? {
        guard let context = inputs.contexts[""], context.ignored != nil,
            !context.ignoreFile.hasSuffix("/.dockerignore"), context.ignoreFile != ".dockerignore"
        else { return nil }
        return try InputFile.read(context.ignoreFile, for: "the build")
    }

    private static func login(for host: String) async throws -> NodeLogin? {
        switch try await CredentialStore(StoreDirectory.locations).credential(host: host) {
        case .password(let user, let password): NodeLogin(name: user, secret: password)
        case .identityToken(let token): NodeLogin(name: "", secret: token)
        case .registryToken, nil: nil
        }
    }
}
