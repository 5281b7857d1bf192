internal import BuildEngine
internal import Concurrency
internal import Terminal

/// Shows a build while it goes on, and what has become of it.
///
/// All goes through a ``ProgressView``, which shows the transfers of the build, too, and is closed by whoever made it.
final class BuildProgress: BuildObserver {
    private struct Core {
        var state: BuildState
        var log: any BuildLog
    }

    private let core: Guarded<Core>
    private let view: ProgressView
    private let command: DebugShellCommand?
    private let clock: @Sendable () -> ProgressTime

    /// - Parameters:
    ///   - view: Where everything is shown, in its mode.
    ///   - command: What a person can do to look at a step that fails.
    ///   - clock: Says what time it is.
    init(
        view: ProgressView, command: DebugShellCommand? = nil, clock: @escaping @Sendable () -> ProgressTime = { .now }
    ) {
        let log: any BuildLog =
            switch view.mode {
            case .tty: TerminalBuildLog(terminal: view.terminal)
            case .plain: PlainBuildLog()
            case .rawjson: JSONBuildLog()
            case .quiet, .auto: QuietBuildLog()
            }
        core = Guarded(Core(state: BuildState(at: clock(), wantsOutput: log.wantsOutput), log: log))
        self.view = view
        self.command = command
        self.clock = clock
    }

    /// Shows transfers, as bars on a terminal.
    var transfers: TransferProgress { TransferProgress(view: view) }

    func note(_ event: BuildEvent) {
        let now = clock()
        let lines = core.withLock { core in
            let output = core.state.apply(event, at: now)
            return core.log.show(event, output: output, core.state, at: now)
        }
        view.show(lines)
        if case .planned = event {
            view.draw { [core] now, columns, rows in
                TerminalBuildLog.panel(core.withLock { $0.state }, at: now, columns: columns, rows: rows)
            }
        }
    }

    /// What has become of the build so far. Digests and sizes are for those to add who know them.
    var summary: BuildSummary { core.withLock { BuildSummary(of: $0.state) } }

    /// Takes what was running off the screen, and says what has failed and what has been built. Comes once, after the
    /// last event; where it does not come, as after an interruption, nothing is said.
    func finish(_ summary: BuildSummary) {
        let now = clock()
        view.draw(nil)
        view.show(
            core.withLock { core in
                let failures = FailureReport.all(of: core.state, command)
                return core.log.close(summary, failures, at: now)
            })
    }
}
