import BuildPlan
import Concurrency
import DockerfileLanguage
internal import Executor
import ImageTools
import JSON
import OCI
import Processes
import Terminal
import TestKit

@testable import BuildEngine
@testable import imgtool

/// A build in which nothing happens but what a test says, shown as a person would see it.
final class ScriptedBuild: Sendable {
    static let dockerfile = """
        FROM --platform=$BUILDPLATFORM golang AS build
        WORKDIR /src
        COPY . .
        ARG TARGETARCH
        RUN GOARCH=$TARGETARCH go build \\
            -o /out/app .
        FROM alpine
        COPY --from=build /out/app /app
        RUN /app --check
        """

    let plan: PlannedBuild
    let progress: BuildProgress
    let view: ProgressView
    private let output: Guarded<[UInt8]>
    private let time: Guarded<Double>

    /// - Parameters:
    ///   - mode: How it is shown.
    ///   - dockerfile: What is built.
    ///   - platforms: For which platforms, on a machine that is `linux/amd64`.
    ///   - terminal: On what.
    ///   - write: Is given what is written, too.
    init(
        _ mode: ProgressMode, of dockerfile: String = ScriptedBuild.dockerfile,
        for platforms: [String] = ["linux/amd64", "linux/arm64", "linux/arm/v7"],
        on terminal: ProgressTerminal = ProgressTerminal(columns: 100, rows: 24),
        arguments: [String] = ["."], writingTo write: @escaping @Sendable ([UInt8]) -> Void = { _ in }
    ) async throws {
        let request = BuildRequest(
            dockerfile: try Dockerfile(parsing: dockerfile.utf8),
            platforms: try platforms.map { try Platform(parsing: $0) },
            buildPlatform: Platform(os: "linux", architecture: "amd64"))
        plan = try await PlannedBuild(request, images: AnyImages())
        let output = Guarded<[UInt8]>([])
        view = ProgressView(mode, terminal: terminal, withoutTerminal: .plain) { bytes in
            output.withLock { $0 += bytes }
            write(bytes)
        }
        self.output = output
        let time = Guarded(100.0)
        self.time = time
        progress = BuildProgress(view: view, for: request.platforms, command: DebugShellCommand(arguments: arguments)) {
            ProgressTime(seconds: time.withLock { $0 }, wall: 1_700_000_000_000_000_000)
        }
    }

    /// All that has been written.
    var text: String { String(decoding: output.withLock { $0 }, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) }

    var now: ProgressTime { ProgressTime(seconds: time.withLock { $0 }, wall: 0) }

    func wait(_ seconds: Double) { time.withLock { $0 += seconds } }

    /// The step that an instruction is for a target.
    func step(_ instruction: String, for target: String = "linux/amd64") throws -> Int {
        let found = plan.uses.firstIndex { uses in
            uses.contains { $0.text.hasPrefix(instruction) && $0.target.description == target }
        }
        guard let found else { throw TestKitError("no platform \(target) has a step \(instruction)") }
        return found
    }

    func plans() { progress.note(.planned(plan)) }

    /// Works on layers, of which so many bytes are packed, or on files that are not counted.
    func work(_ work: LayerWork, size: Int64, packing pieces: [Int] = []) {
        let ticket = progress.begin(work) { size }
        for piece in pieces { ticket?.advance(by: piece) }
        ticket?.end(.success(.written))
    }

    func begin(_ step: Int, isEmulated: Bool = false) { progress.note(.began(step, isEmulated: isEmulated)) }

    func write(_ step: Int, _ text: String, to stream: StandardStream = .output) {
        progress.note(.wrote(step, stream, Array(text.utf8)))
    }

    func end(_ step: Int, _ outcome: StepOutcome) { progress.note(.ended(step, outcome)) }

    /// Ends a step whose program has failed.
    ///
    /// - Parameter other: The step that did it, if that is another one.
    func fail(_ step: Int, lastLines: [String], by other: Int? = nil) {
        let doer = other ?? step
        let failure = StepFailure(
            step: doer, ending: .exited(status: 2), lastLines: lastLines, use: plan.uses[doer].first)
        end(step, .failed(failure))
    }

    /// Ends the build as a command does.
    func finish(_ change: (inout BuildSummary) -> Void = { _ in }) {
        var summary = progress.summary
        change(&summary)
        progress.finish(summary)
        view.close()
    }
}

/// Every image there could be, without files.
private struct AnyImages: BaseImages {
    func image(for request: BaseImage.Request) async throws -> BaseImage {
        let identity = "\(request.reference) \(request.platform)"
        return BaseImage(
            name: request.reference, manifest: Digest(of: Array(identity.utf8)), platform: request.platform,
            configuration: ImageConfiguration(), layers: [])
    }
}
