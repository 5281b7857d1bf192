internal import Concurrency
internal import DockerfileLanguage
internal import OCI

extension BuildPlan {
    /// Plans a build.
    ///
    /// - Throws: ``DockerfileError``; ``ImageError`` of an image that cannot be looked up, naming the line that asks
    ///   for it.
    package init(_ request: BuildRequest, images source: any BaseImages) async throws {
        var wanted = try request.foreseenImages()
        var images: [BaseImage.Request: BaseImage] = [:]
        while true {
            let missing = wanted.filter { images[$0.request] == nil }
            let found = try await missing.concurrentMap { missing in
                do {
                    return (missing.request, try await source.image(for: missing.request))
                } catch let error as ImageError {
                    throw ImageError(
                        error.code, "\(missing.range): \(error.attempt)", error.reason, advice: error.advice)
                }
            }
            for (request, image) in found { images[request] = image }
            do {
                self = try BuildPlan(request, images)
                return
            } catch let missing as Planner.MissingImage {
                wanted = [missing]
            }
        }
    }

    private init(_ request: BuildRequest, _ images: [BaseImage.Request: BaseImage]) throws {
        let planner = try Planner(request, images: images)
        self.images = try request.platforms.map { try planner.plan(for: $0) }
        steps = planner.graph.steps
        uses = planner.graph.uses
        notes = request.dockerfile.notes + planner.notes
    }
}

extension BuildRequest {
    /// The images that the stages name which the target needs, as far as that can be seen before triggers of base
    /// images are known: looked up together, they cost one wait.
    fileprivate func foreseenImages() throws -> [Planner.MissingImage] {
        var wanted: [Planner.MissingImage] = []
        var known: Set<BaseImage.Request> = []
        for platform in platforms {
            let globals = try globals(for: platform)
            var seen: Set<Int> = []
            var waiting = [try dockerfile.target(target)]
            func ask(_ name: String, _ platform: Platform, _ range: SourceRange) {
                var reference = name
                switch context(name) {
                case .folder: return
                case .image(let other): reference = other
                case nil: if name == "scratch" { return }
                }
                let request = BaseImage.Request(reference: reference, platform: platform)
                if known.insert(request).inserted {
                    wanted.append(Planner.MissingImage(request: request, range: range))
                }
            }
            while let stage = waiting.popLast() {
                guard seen.insert(stage.index).inserted else { continue }
                let base = try globals.base(of: stage.from)
                if context(base.name) == nil, let other = dockerfile.base(base.name, of: stage) {
                    waiting.append(other)
                } else {
                    ask(base.name, base.platform ?? platform, stage.from.base.range)
                }
                for (from, isMount) in stage.instructions.flatMap(\.sources) {
                    let other =
                        try isMount ? dockerfile.mountSource(from, for: stage) : dockerfile.source(from, for: stage)
                    if context(from.name) == nil, let other {
                        waiting.append(other)
                    } else {
                        ask(from.name, platform, from.range)
                    }
                }
            }
        }
        return wanted
    }
}

extension Instruction {
    /// What its files come from, and whether a mount says so.
    fileprivate var sources: [(from: CopyFrom, isMount: Bool)] {
        switch content {
        case .copy(let copy): copy.from.map { [($0, false)] } ?? []
        case .run(let run): run.mounts.compactMap(\.from).map { ($0, true) }
        default: []
        }
    }
}
