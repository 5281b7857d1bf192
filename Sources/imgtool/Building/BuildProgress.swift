internal import BuildEngine
internal import Concurrency
internal import ImageTools
internal import OCI
internal import Terminal

/// Shows a build while it goes on, and what has become of it.
///
/// All goes through a ``ProgressView``, which shows the transfers of the build, too, and is closed by whoever made it.
final class BuildProgress: BuildObserver {
    private struct Core {
        var state: BuildState
        var log: any BuildLog
        /// What has been warned of: several platforms may give the same reason.
        var warned: Set<String> = []
    }

    private let core: Guarded<Core>
    private let view: ProgressView
    private let command: DebugShellCommand?
    private let clock: @Sendable () -> ProgressTime

    /// What is smaller is over at once, and not worth a line.
    private static let smallestWork: Int64 = 4 << 20

    /// Shows that there is a build now.
    ///
    /// - Parameters:
    ///   - view: Where everything is shown, in its mode.
    ///   - platforms: What is built for.
    ///   - command: What a person can do to look at a step that fails.
    ///   - clock: Says what time it is.
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
    var transfers: TransferProgress { TransferProgress(view: view) }

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

    /// What has become of the build so far. Digests and sizes are for those to add who know them.
    var summary: BuildSummary { core.withLock { BuildSummary(of: $0.state) } }

    /// Takes what was running off the screen, and says what has failed and what has been built. Comes once, after the
    /// last event; where it does not come, as after an interruption, nothing is said.
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
