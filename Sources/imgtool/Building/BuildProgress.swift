internal import BuildEngine
internal import Concurrency
internal import ImageTools
internal import OCI
internal import Terminal

/// Shows the progress of a build, and its result.
///
/// It uses a ``ProgressView``, which also shows the build's transfers and is closed by its owner.
final class BuildProgress: BuildObserver {
    private struct Core {
        var state: BuildState
        var log: any BuildLog
        /// Warnings already shown, since several platforms may cause the same one.
        var warned: Set<String> = []
    }

    private let core: Guarded<Core>
    private let view: ProgressView
    private let command: DebugShellCommand?
    private let clock: @Sendable () -> ProgressTime

    /// The minimum size of work to show, in bytes; anything smaller ends at once.
    private static let smallestWork: Int64 = 4 << 20

    /// Shows the start of a build.
    ///
    /// - Parameters:
    ///   - view: The view to use, in its mode.
    ///   - platforms: The target platforms.
    ///   - command: The command for debugging a failed step.
    ///   - clock: Returns the current time.
    init(
        view: ProgressView, for platforms: [Platform], command: DebugShellCommand? = nil,
        clock: @escaping @Sendable () -> ProgressTime = { .now }
    ) {
        let log: any BuildLog =
            switch view.mode {
            case .tty: TerminalBuildLog(terminal: view.terminal)
            case .plain: PlainBuildLog()
            case .rawjson: JSONBuildLog()
            case .quiet, .auto: QuietBuildLog()
            }
        let state = BuildState(for: platforms, at: clock(), wantsOutput: log.wantsOutput)
        core = Guarded(Core(state: state, log: log))
        self.view = view
        self.command = command
        self.clock = clock
        view.show(log.begin(for: platforms))
        view.draw { [core] now, columns, rows in
            TerminalBuildLog.panel(core.withLock { $0.state }, at: now, columns: columns, rows: rows)
        }
    }

    /// Shows transfers, as bars on a terminal.
    var transfers: TransferProgress { TransferProgress(view: view, showsNotes: false) }

    func note(_ event: BuildEvent) {
        let now = clock()
        let lines = core.withLock { core in
            if case .warned(let text) = event, !core.warned.insert(text).inserted { return [ProgressLine]() }
            let output = core.state.apply(event, at: now)
            return core.log.show(event, output: output, core.state, at: now)
        }
        view.show(lines)
    }

    func begin(_ work: LayerWork, size: () -> Int64) -> (any TransferTicket)? {
        guard view.mode != .quiet else { return nil }
        let size = size()
        guard size >= Self.smallestWork else { return nil }
        let (name, detail) = core.withLock { $0.log.name(of: work, $0.state) }
        return work.isCounted
            ? transfers.begin(name, detail: detail, total: size)
            : transfers.begin(name, detail: detail, uncounted: size)
    }

    /// The result of the build so far. The caller has to add digests and sizes.
    var summary: BuildSummary { core.withLock { BuildSummary(of: $0.state) } }

    /// Removes running steps from the screen, and shows failures and results. Called once, after the last event, but
    /// not after an interruption.
    func finish(_ summary: BuildSummary) {
        let now = clock()
        var summary = summary
        summary.seconds = core.withLock { now.seconds - $0.state.began.seconds }
        view.draw(nil)
        view.show(
            core.withLock { [summary] core in
                let failures = FailureReport.all(of: core.state, command)
                return core.log.close(summary, failures, at: now)
            })
    }
}
