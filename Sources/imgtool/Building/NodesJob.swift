internal import BuildEngine
internal import BuildPlan
internal import Builders
internal import Concurrency
internal import FileSystem
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
    let writeToStandardOutput: @Sendable ([UInt8]) throws -> Void

    private enum Outcome: Sendable {
        case built(NodeBuild, [BuiltImage])
        case lost(NodeLoss, [Platform])
        case failed(any Error, [Platform])
    }

    /// Builds all platforms. Those of a node that is lost go to another one that can build them.
    ///
    /// - Parameter export: The form of the images; `nil` to build into the caches of the nodes alone.
    func run(_ platforms: [Platform], on nodes: inout NodePool, _ export: ImageExport?) async throws -> NodesResult {
        var waiting = platforms
        var result = NodesResult(job: self, export: export)
        while !waiting.isEmpty {
            let builds = try await prepared(nodes.assign(waiting), nodes)
            waiting = []
            let outcomes = await withTaskGroup(of: Outcome.self) { group in
                for build in builds { group.addTask { await outcome(of: build, export) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            try Task.checkCancellation()
            for outcome in outcomes {
                switch outcome {
                case .built(let build, let images): result.add(build, images)
                case .failed(let error, let platforms): result.fail(platforms, error)
                case .lost(let loss, let platforms):
                    nodes.remove(loss.node)
                    do {
                        let others = try nodes.assign(platforms)
                        let names = others.map(\.node.name).joined(separator: ", ")
                        view.warn("\(loss); \(names) builds \(platforms.map(\.description).joined(separator: ", "))")
                        waiting += platforms
                    } catch {
                        let error = ImageError(.interrupted, "cannot build on the node \(loss.node)", loss.reason)
                        result.fail(platforms, error)
                    }
                }
            }
        }
        result.sort(like: platforms)
        return result
    }

    private func outcome(of build: NodeBuild, _ export: ImageExport?) async -> Outcome {
        do {
            guard let export else {
                try await build.run()
                return .built(build, [])
            }
            return .built(build, try await build.images(in: export, into: blobs, isFirst: true))
        } catch let error as NodeLoss {
            return .lost(error, build.platforms)
        } catch {
            return .failed(error, build.platforms)
        }
    }

    /// Plans the part of each node, by which the images are known that it will use.
    private func prepared(
        _ assigned: [(node: BuilderNode, platforms: [Platform])], _ nodes: NodePool
    ) async throws -> [NodeBuild] {
        var builds: [NodeBuild] = []
        for (node, platforms) in assigned {
            var request = common.request
            request.platforms = platforms
            request.buildPlatform = nodes.nativePlatform(of: node) ?? request.buildPlatform
            let recorded = RecordedImages(bases)
            _ = try await PlannedBuild(request, images: StageHints(recorded, for: request))
            var images: [PinnedImage] = []
            for name in recorded.names { images.append(try await bases.pinned(name)) }
            let named = try await contexts(of: request)
            builds.append(
                NodeBuild(
                    platforms, on: node, NodeConnection(node, directory.contexts), common,
                    images: images + named, steps: steps))
        }
        return builds
    }

    /// The named contexts that are images.
    private func contexts(of request: BuildRequest) async throws -> [PinnedImage] {
        var images: [PinnedImage] = []
        for (name, context) in request.contexts.sorted(by: { $0.key < $1.key }) {
            guard case .image(let reference) = context, reference != "scratch" else { continue }
            images.append(try await bases.pinned(reference).named(name))
        }
        return images
    }
}

/// The result of a build that nodes have shared.
struct NodesResult: BuildResult {
    private let job: NodesJob
    private let export: ImageExport?
    private var builds: [NodeBuild] = []
    private var images: [BuiltImage] = []
    private(set) var failures: [(platform: Platform, error: any Error)] = []

    init(job: NodesJob, export: ImageExport?) {
        self.job = job
        self.export = export
    }

    mutating func add(_ build: NodeBuild, _ images: [BuiltImage]) {
        builds.append(build)
        self.images += images
    }

    mutating func fail(_ platforms: [Platform], _ error: any Error) {
        failures += platforms.map { ($0, error) }
    }

    mutating func sort(like platforms: [Platform]) {
        func place(_ platform: Platform) -> Int { platforms.firstIndex(of: platform) ?? 0 }
        images.sort { place($0.platform) < place($1.platform) }
        failures.sort { place($0.platform) < place($1.platform) }
        builds.sort { place($0.platforms[0]) < place($1.platforms[0]) }
    }

    var platforms: [Platform] { export == nil ? builds.flatMap(\.platforms) : images.map(\.platform) }

    func assemble(_ export: ImageExport) async throws -> any BuiltImages {
        if export == self.export { return try NodeImages(images, export, in: job.blobs) }
        // The nodes have everything in their caches, and only make the images.
        var made: [BuiltImage] = []
        for build in builds { made += try await build.images(in: export, into: job.blobs, isFirst: false) }
        return try NodeImages(made, export, in: job.blobs)
    }

    func exportFiles(
        to destination: String, isArchive: Bool, split: PlatformSplit, epoch: Int64?
    ) async throws -> String? {
        let isSplit = split == .always || split == .whenSeveral && platforms.count > 1
        guard !isArchive else {
            guard builds.count == 1 else {
                throw ImageError(
                    .usage, "cannot write \(destination)", "the files come from several nodes",
                    advice: "write them into a folder with --output type=local")
            }
            return try await exportArchive(of: builds[0], to: destination, epoch)
        }
        var leftOut = 0
        for build in builds { leftOut += try await build.files(into: destination, split: isSplit, epoch: epoch) }
        return leftOut == 0 ? nil : "\(leftOut) devices and pipes were left out of \(destination)"
    }

    private func exportArchive(of build: NodeBuild, to destination: String, _ epoch: Int64?) async throws -> String? {
        if destination == "-" {
            let write = job.writeToStandardOutput
            try await build.archive(epoch: epoch) { try write($0) }
            return nil
        }
        do {
            let file = Guarded(try OutputFile(destination))
            try await build.archive(epoch: epoch) { piece in try file.withLock { try $0.write(piece) } }
            try file.withLock { try $0.commit() }
        } catch let error as FileError {
            throw ImageError(.failed, "cannot write \(destination)", error.reason)
        }
        return nil
    }

    func removeDamagedBlobs() async throws -> Bool { false }
}
