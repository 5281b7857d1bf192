internal import BuildEngine
internal import BuildPlan
internal import JSON
internal import OCI
internal import Terminal
internal import Units

/// The result of a build.
struct BuildSummary: Sendable {
    /// The image for one platform.
    struct Image: Sendable {
        let platform: Platform
        /// The digest of the manifest; `nil` until it has been exported.
        var digest: Digest?
        /// The stored size of its layers, in bytes; `nil` until it has been exported.
        var size: Int64?
        /// The number of steps that ran, and of those that were cached.
        fileprivate(set) var ran = 0
        fileprivate(set) var cached = 0
        /// The number of these that are shared with other platforms.
        fileprivate(set) var shared = 0
        /// The number of these that ran in an emulator.
        fileprivate(set) var emulated = 0
        /// The number of failed steps. If there are any, there is no image.
        fileprivate(set) var failed = 0
    }

    struct SlowStep: Sendable {
        let number: Int
        let label: String
        let seconds: Double
    }

    /// In the order of the requested platforms.
    var images: [Image]
    /// The slowest steps in descending order, three at most.
    let slowest: [SlowStep]

    /// The total duration; `nil` until the end.
    var seconds: Double?

    /// The minimum duration to report, in seconds.
    private static let shortest = 0.1

    init(of state: BuildState) {
        images = (state.steps.isEmpty && state.plan == nil ? [] : state.platforms).map { platform in
            var summary = Image(platform: platform)
            for index in state.steps.indices where state.steps[index].targets.contains(platform) {
                summary.count(index, in: state)
            }
            return summary
        }
        let timed = state.steps.compactMap { step in
            if case .done(let duration) = step.outcome {
                SlowStep(number: step.number, label: step.label.text, seconds: duration.seconds)
            } else {
                nil
            }
        }
        let slow = timed.filter { $0.seconds >= Self.shortest }.sorted {
            $0.seconds > $1.seconds || ($0.seconds == $1.seconds && $0.number < $1.number)
        }
        slowest = Array(slow.prefix(3))
    }
}

extension BuildSummary.Image {
    fileprivate mutating func count(_ index: Int, in state: BuildState) {
        let origin = state.steps[state.origin(of: index)]
        switch origin.outcome {
        case .done, .shared: ran += 1
        case .cached: cached += 1
        case .failed where !origin.isCancelled: failed += 1
        case .failed, nil: return
        }
        if state.platformCount(of: index) > 1 { shared += 1 }
        if origin.isEmulated { emulated += 1 }
    }

    /// Digest and size, as available.
    fileprivate var resultText: String? {
        if failed > 0 { return "failed" }
        return digest.map { digest in "\(digest)" + (size.map { "  \(ByteSize($0))" } ?? "") }
    }

    /// For example `8 steps: 5 ran, 3 cached; 2 shared, 1 emulated`.
    fileprivate var countsText: String {
        let total = ran + cached + failed
        func list(_ parts: [(count: Int, name: String)]) -> String {
            parts.filter { $0.count > 0 }.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
        }
        let parts = [
            list([(ran, "ran"), (cached, "cached"), (failed, "failed")]),
            list([(shared, "shared"), (emulated, "emulated")]),
        ]
        let text = parts.filter { !$0.isEmpty }.joined(separator: "; ")
        return (total == 1 ? "1 step" : "\(total) steps") + (text.isEmpty ? "" : ": \(text)")
    }
}

extension BuildSummary {
    /// The lines for display.
    var lines: [String] {
        let fields = images.map { image in
            (name: image.platform.description, value: [image.resultText, image.countsText].compactMap { $0 })
        }
        return FieldList(fields.map { ($0.name, $0.value.joined(separator: "\n")) }).lines + slowestLines
            + (seconds.map { ["total: \(Duration.text(seconds: $0))"] } ?? [])
    }

    private var slowestLines: [String] {
        if slowest.isEmpty { return [] }
        let times = slowest.map { Duration.text(seconds: $0.seconds) }
        let width = times.map(\.count).max() ?? 0
        return ["slowest:"]
            + zip(times, slowest).map { time, step in
                "  \(time.padded(toWidth: width, onTheLeft: true))  \(step.label)"
            }
    }

    /// The members of a JSON object for programs.
    var members: [(name: String, value: JSONValue)] {
        let images = images.map { image in
            var object = JSONObject()
            object["platform"] = .string(image.platform.description)
            object["digest"] = image.digest.map { .string($0.description) }
            object["size"] = image.size.map { .integer($0) }
            for (name, count) in [
                ("ran", image.ran), ("cached", image.cached), ("shared", image.shared), ("emulated", image.emulated),
                ("failed", image.failed),
            ] { object[name] = .integer(Int64(count)) }
            return JSONValue.object(object)
        }
        let slowest = slowest.map { step in
            [
                "step": .integer(Int64(step.number)), "name": .string(step.label),
                "seconds": JSONValue(seconds: step.seconds),
            ]
                as JSONValue
        }
        return [("images", .array(images)), ("slowest", .array(slowest))]
            + (seconds.map { [("seconds", JSONValue(seconds: $0))] } ?? [])
    }
}
