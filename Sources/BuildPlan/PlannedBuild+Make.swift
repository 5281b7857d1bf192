internal import Concurrency
internal import DockerfileLanguage
internal import OCI

extension PlannedBuild {
    /// Plans a build.
    ///
    /// - Throws: ``DockerfileError``; ``ImageError`` for an image that cannot be found, with the line that refers to
    ///   it.
    package init(_ request: BuildRequest, images source: any BaseImages) async throws {
        var images: [BaseImage.Request: BaseImage] = [:]
        while true {
            // The triggers of base images may refer to more images.
            var wanted = try request.foreseenImages(knowing: images)
            if wanted.isEmpty {
                do {
                    self = try PlannedBuild(request, images)
                    return
                } catch let missing as Planner.MissingImage {
                    wanted = [missing]
                }
            }
            let found = try await wanted.concurrentMap { missing in
                do {
                    return (missing.request, try await source.image(for: missing.request))
                } catch let error as ImageError {
                    throw ImageError(
                        error.code, "\(missing.range): \(error.attempt)", error.reason, advice: error.advice)
                }
            }
            for (request, image) in found { images[request] = image }
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
    /// The images referred to by stages that the target needs, and by known triggers. Looking them up together takes
    /// one round trip.
    fileprivate func foreseenImages(
        knowing images: [BaseImage.Request: BaseImage]
    ) throws -> [Planner.MissingImage] {
        var wanted: [Planner.MissingImage] = []
        var known = Set(images.keys)
        for platform in platforms {
            for missing in try foreseenImages(for: platform, knowing: images)
            where known.insert(missing.request).inserted {
                wanted.append(missing)
            }
        }
        return wanted
    }

    private func foreseenImages(
        for platform: Platform, knowing images: [BaseImage.Request: BaseImage]
    ) throws -> [Planner.MissingImage] {
        let globals = try globals(for: platform)
        var wanted: [Planner.MissingImage] = []
        var waiting = [try dockerfile.target(target)]
        var seen: Set<Int> = []
        var size = PlanSize()
        func visit(_ origin: Origin, on platform: Platform, _ range: SourceRange) {
            switch origin {
            case .stage(let other): waiting.append(other)
            case .image(let reference):
                let request = BaseImage.Request(reference: reference, platform: platform)
                wanted.append(Planner.MissingImage(request: request, range: range))
            case .folder, .nothing: break
            }
        }
        while let stage = waiting.popLast() {
            guard seen.insert(stage.index).inserted else { continue }
            let base = try globals.base(of: stage.from)
            let origin = try origin(of: base, for: stage)
            visit(origin, on: base.platform ?? platform, stage.from.base.range)
            if replacement(of: stage) != nil { continue }
            var triggers: [Instruction] = []
            switch origin {
            case .image(let reference):
                let request = BaseImage.Request(reference: reference, platform: base.platform ?? platform)
                triggers = try images[request]?.triggers ?? []
            case .stage(let other) where replacement(of: other) == nil: triggers = other.triggers
            default: break
            }
            try size.add(triggers.count + stage.instructions.count, at: stage.from.range)
            for instruction in triggers + stage.instructions {
                try checkEntitlements(of: instruction)
                for (from, isMount) in instruction.sources {
                    visit(try self.origin(of: from, isMount: isMount, for: stage), on: platform, from.range)
                }
            }
        }
        return wanted
    }
}

extension Stage {
    /// The ONBUILD instructions of the image.
    fileprivate var triggers: [Instruction] {
        instructions.compactMap { if case .onbuild(let onbuild) = $0.content { onbuild.instruction } else { nil } }
    }
}

extension Instruction {
    /// The `--from` values of the instruction, and whether they belong to mounts.
    var sources: [(from: CopyFrom, isMount: Bool)] {
        switch content {
        case .copy(let copy): copy.from.map { [($0, false)] } ?? []
        case .run(let run): run.mounts.compactMap(\.from).map { ($0, true) }
        default: []
        }
    }
}
