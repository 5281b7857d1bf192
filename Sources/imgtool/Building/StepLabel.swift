internal import BuildPlan
internal import OCI
internal import Terminal

/// The name of a step for display.
struct StepLabel: Sendable, Hashable {
    /// Platforms, stage and number, as in `[linux/amd64 → arm64, arm/v7 build 3/5]`.
    ///
    /// If the step runs on a different platform from its targets, that comes first. Stage and number are those of the
    /// first use.
    let prefix: String
    /// The instruction, on one line.
    let instruction: String

    init(prefix: String, instruction: String) {
        self.prefix = prefix
        self.instruction = instruction
    }

    /// - Parameter targets: The platforms that need the step.
    init(of step: Int, in plan: PlannedBuild, for targets: [Platform]) {
        let uses = plan.uses[step]
        if let use = uses.first {
            let platforms = Set(uses.map(\.platform))
            let names = platforms.count == 1 ? Self.names(of: targets, on: use.platform) : Self.names(of: targets)
            prefix = "[\(names) \(use.stage) \(use.number)/\(use.count)]".printable
            instruction = Self.line(use.text)
        } else {
            prefix = "[\(Self.names(of: targets))]".printable
            instruction = Self.line(plan.steps[step].work.instruction)
        }
    }

    var text: String { "\(prefix) \(instruction)" }

    /// The label truncated to a number of columns, from the end of the instruction.
    func text(toWidth columns: Int) -> String { text.truncated(toWidth: columns) }

    /// A list of platforms; if all have the same operating system, only the first shows it.
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

    /// Collapses the indentation of continuation lines.
    static func line(_ text: String) -> String {
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
    /// The usual instruction for such work.
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
    /// For each step, the platforms whose images need it, in the requested order.
    var targets: [[Platform]] {
        var images = [Set<Int>](repeating: [], count: steps.count)
        for (index, image) in self.images.enumerated() {
            if let step = image.step { images[step].insert(index) }
        }
        // The inputs of a step precede it.
        for (index, step) in steps.enumerated().reversed() {
            for needed in (step.base.map { [$0] } ?? []) + step.sources { images[needed].formUnion(images[index]) }
        }
        return images.map { $0.sorted().map { self.images[$0].platform } }
    }
}
