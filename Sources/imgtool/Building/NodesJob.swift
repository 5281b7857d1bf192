internal import BuildEngine
internal import BuildPlan
internal import Builders
internal import ImageTools
internal import OCI
internal import Terminal

/// A build that nodes share.
struct NodesJob: Sendable {
    let common: NodeBuild.Common
    let directory: BuilderDirectory
    let bases: BuiltBases
    let steps: NodeSteps
    let blobs: NodeBlobs
    let view: ProgressView
    /// The engine of this machine, which may be a node, too.
    let engine: EngineBuilder
    let transfers: any TransferObserver

    private enum Outcome: Sendable {
        case built(any NodePart)
        case lost(NodeLoss, [Platform])
        case failed(any Error, [Platform])
    }

    /// Builds all platforms. Those of a node that is lost go to another one that can build them, at once.
    ///
    /// - Parameter export: The form of the images; `nil` to build into the caches of the nodes alone.
    func run(_ platforms: [Platform], on nodes: inout NodePool, _ export: ImageExport?) async throws -> NodesResult {
        let shares = try nodes.assign(platforms)
        var result = NodesResult(platforms)
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            func start(_ shares: [NodePool.Share]) {
                for share in shares { group.addTask { try await outcome(of: share, export) } }
            }
            start(shares)
            while let outcome = try await group.next() {
                switch outcome {
                case .built(let part): result.add(part)
                case .failed(let error, let platforms): result.fail(platforms, error)
                case .lost(let loss, let platforms):
                    nodes.remove(loss.node)
                    do {
                        let others = try nodes.assign(platforms)
                        let names = others.map(\.node.name).joined(separator: ", ")
                        view.warn("\(loss); \(names) builds \(platforms.map(\.description).joined(separator: ", "))")
                        start(others)
                    } catch {
                        let error = ImageError(.interrupted, "cannot build on the node \(loss.node)", loss.reason)
                        result.fail(platforms, error)
                    }
                }
            }
        }
        return result
    }

    /// - Throws: `CancellationError`.
    private func outcome(of share: NodePool.Share, _ export: ImageExport?) async throws -> Outcome {
        do {
            if share.node.isThisMachine { return try await outcomeHere(share) }
            let build = try await prepared(share)
            return .built(try await RemotePart(build, export, into: blobs))
        } catch let error as NodeLoss {
            return .lost(error, share.platforms)
        } catch {
            try Task.checkCancellation()
            return .failed(error, share.platforms)
        }
    }

    private func outcomeHere(_ share: NodePool.Share) async throws -> Outcome {
        var request = common.request
        request.platforms = share.platforms
        let observer = EngineSteps(steps, on: share.node.name)
        let result = try await engine.build(request, common.inputs, showing: observer, transfers: transfers)
        if let failure = result.failures.first { return .failed(failure.error, share.platforms) }
        return .built(LocalPart(result: result))
    }

    /// Plans the part of a node, by which the images are known that it will use.
    private func prepared(_ share: NodePool.Share) async throws -> NodeBuild {
        var request = common.request
        request.platforms = share.platforms
        request.buildPlatform = share.nativePlatform ?? request.buildPlatform
        let recorded = RecordedImages(bases)
        _ = try await PlannedBuild(request, images: StageHints(recorded, for: request))
        var images: [PinnedImage] = []
        for name in recorded.names { images.append(try await bases.pinned(name)) }
        for (name, context) in request.contexts.sorted(by: { $0.key < $1.key }) {
            guard case .image(let reference) = context, reference != "scratch" else { continue }
            images.append(try await bases.pinned(reference).named(name))
        }
        return NodeBuild(
            share.platforms, on: share.node, NodeConnection(share.node, directory.contexts), common, images: images,
            steps: steps)
    }
}
