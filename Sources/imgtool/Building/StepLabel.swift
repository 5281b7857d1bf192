internal import BuildPlan
internal import OCI
internal import Terminal

/// What a step is called in front of people.
struct StepLabel: Sendable, Hashable {
    /// Who needs it, where it runs and where it stands, as in `[linux/amd64 → arm64, arm/v7 build 3/5]`.
    ///
    /// Its platform comes first where that is not the one that it is for. Stage and number are those of the first place
    /// in the Dockerfile that asks for it.
    let place: String
    /// What it does, in one line.
    let instruction: String

    /// - Parameter targets: The platforms that need it.
    init(of step: Int, in plan: PlannedBuild, for targets: [Platform]) {
        let uses = plan.uses[step]
        if let use = uses.first {
            let platforms = Set(uses.map(\.platform))
            let names = platforms.count == 1 ? Self.names(of: targets, on: use.platform) : Self.names(of: targets)
            place = "[\(names) \(use.stage) \(use.number)/\(use.count)]".printable
            instruction = Self.line(use.text)
        } else {
            place = "[\(Self.names(of: targets))]".printable
            instruction = Self.line(plan.steps[step].work.instruction)
        }
    }

    var text: String { "\(place) \(instruction)" }

    /// The label in so many columns. The end of the instruction goes first.
    func text(toWidth columns: Int) -> String { text.truncated(toWidth: columns) }

    /// Platforms after each other; where all have one operating system, only the first says so.
    static func names(of platforms: [Platform]) -> String {
        let isCommon = Set(platforms.map(\.os)).count == 1
        return platforms.enumerated().map { index, platform in
            index > 0 && isCommon ? platform.withoutSystem : platform.description
        }.joined(separator: ", ")
    }

    private static func names(of targets: [Platform], on platform: Platform) -> String {
        if targets.isEmpty || targets == [platform] { return platform.description }
        let isCommon = Set((targets + [platform]).map(\.os)).count == 1
        let others = isCommon ? targets.map(\.withoutSystem).joined(separator: ", ") : names(of: targets)
        return "\(platform) → \(others)"
    }

    /// Continued lines leave the spaces behind that they began with.
    private static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ").maskingUserInfo.printable
    }
}

extension Platform {
    fileprivate var withoutSystem: String {
        let name = description
        return name.hasPrefix("\(os)/") ? String(name.dropFirst(os.count + 1)) : name
    }
}

extension BuildStep.Work {
    /// What such work is usually asked for by.
    fileprivate var instruction: String {
        switch self {
        case .image(let image): "FROM \(image.name)"
        case .run: "RUN"
        case .copy: "COPY"
        case .folder: "WORKDIR"
        }
    }
}

extension PlannedBuild {
    /// For each step, the platforms whose images need it, in the order in which they were asked for.
    var targets: [[Platform]] {
        var images = [Set<Int>](repeating: [], count: steps.count)
        for (index, image) in self.images.enumerated() {
            if let step = image.step { images[step].insert(index) }
        }
        // What a step needs stands before it.
        for (index, step) in steps.enumerated().reversed() {
            for needed in (step.base.map { [$0] } ?? []) + step.sources { images[needed].formUnion(images[index]) }
        }
        return images.map { $0.sorted().map { self.images[$0].platform } }
    }
}
