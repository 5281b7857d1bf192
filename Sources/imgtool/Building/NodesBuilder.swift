internal import BuildEngine
internal import BuildPlan
internal import Builders
internal import DockerfileLanguage
internal import ImageTools
internal import OCI
internal import Registry
internal import Terminal

/// The nodes of a builder, each of which builds its platforms.
final class NodesBuilder: Builder {
    private let definition: BuilderDefinition
    private let exports: [ImageExport?]
    /// The engine of this machine, which may be a node, too.
    private let engine: EngineBuilder
    private let view: ProgressView

    /// - Parameter exports: The forms in which images will be wanted; `nil` for an output that is no image. The first one
    ///   is made by the build itself.
    init(_ definition: BuilderDefinition, exports: [ImageExport?], engine: EngineBuilder, view: ProgressView) {
        self.definition = definition
        self.exports = exports
        self.engine = engine
        self.view = view
    }

    func close() { engine.close() }

    func build(
        _ request: BuildRequest, _ inputs: BuildInputs, showing observer: any BuildObserver,
        transfers: any TransferObserver
    ) async throws -> any BuildResult {
        let (request, inputs) = try await engine.settled(request, inputs)
        let directory = BuilderChoice.directory
        let common = NodeBuild.Common(
            request, inputs, ignoreFile: try Self.ignoreFile(inputs),
            credential: { try await Self.login(for: $0) })
        let statuses = await NodeInquiry(directory, here: ThisMachine.status).statuses(of: [definition])[0]
        var nodes = NodePool(definition, statuses)
        let job = NodesJob(
            common: common, directory: directory, bases: engine.bases, steps: NodeSteps(observer),
            blobs: NodeBlobs(folder: "\(engine.workspace.folder)/nodes"), view: view, engine: engine,
            transfers: transfers)
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
