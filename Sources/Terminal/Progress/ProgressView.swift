internal import Concurrency

/// Shows the progress of transfers on standard error. Can be used by any task at any time.
package final class ProgressView: Sendable {
    private struct Core {
        var state = ProgressState()
        var renderer: any ProgressRenderer
        /// Rendered text not written yet.
        var pending = ""
        var warned: Set<String> = []
        var timer: Task<Void, Never>?
        var isClosed = false
        /// The number of pauses in effect.
        var pauses = 0
    }

    /// The effective mode, never ``ProgressMode/auto``.
    package let mode: ProgressMode
    /// The properties of the output.
    package let terminal: ProgressTerminal
    private let core: Guarded<Core>
    /// Serializes writes. A slow terminal blocks this lock, never the one of the state, so that it does not hold up
    /// transfers.
    private let writer: Guarded<@Sendable ([UInt8]) -> Void>

    /// - Parameters:
    ///   - mode: The requested mode.
    ///   - terminal: The properties of the output.
    ///   - fallback: The meaning of ``ProgressMode/auto`` without a terminal.
    ///   - write: Writes bytes; called by one thread at a time.
    package init(
        _ mode: ProgressMode, terminal: ProgressTerminal = ProgressTerminal(descriptor: 2),
        withoutTerminal fallback: ProgressMode = .quiet,
        write: @escaping @Sendable ([UInt8]) -> Void = { DescriptorWriter.write($0, to: 2) }
    ) {
        let mode = mode.resolved(isTerminal: terminal.isTerminal, terminal: terminal.type, otherwise: fallback)
        self.mode = mode
        self.terminal = terminal
        let renderer: any ProgressRenderer =
            switch mode {
            case .tty: TerminalProgress(terminal)
            case .plain: PlainProgress()
            case .rawjson: JSONProgress()
            case .quiet, .auto: QuietProgress()
            }
        core = Guarded(Core(renderer: renderer))
        writer = Guarded(write)
    }

    /// Starts a transfer.
    ///
    /// - Parameters:
    ///   - name: The name of the item, such as `sha256:ab12cd34ef56`.
    ///   - detail: The kind of the item, such as `layer`.
    ///   - total: The size in bytes, if known.
    package func begin(_ name: String, detail: String = "", total: Int64? = nil) -> ProgressItem {
        let now = ProgressTime.now
        let id = update { core in
            let item = core.state.begin(name, detail: detail, total: total, at: now)
            core.pending += core.renderer.show(.began(item), core.state, at: now)
            startTimer(&core)
            return item.id
        }
        return ProgressItem(id: id, view: self)
    }

    /// Shows a temporary message, such as "waiting for registry.example".
    package func note(_ text: String) {
        show(.note(text.printable))
    }

    /// Shows a warning, in every mode. Repeated texts are shown once.
    package func warn(_ text: String) {
        let text = text.printable
        let isNew = core.withLock { $0.warned.insert(text).inserted }
        if isNew { show(.warning(text)) }
    }

    /// Shows lines in every mode. On a terminal they stay above the lines that are redrawn.
    package func show(_ lines: [ProgressLine]) {
        if !lines.isEmpty { show(.lines(lines)) }
    }

    /// Sets the lines above the transfers, on a terminal only.
    ///
    /// - Parameter panel: Must not call the view.
    package func draw(_ panel: ProgressPanel?) {
        update { core in
            core.state.panel = panel
            if panel != nil { startTimer(&core) }
        }
    }

    /// Flushes the output, clears the lines that are redrawn, and restores the cursor. Later events are not shown,
    /// except warnings and lines.
    package func close() {
        update { core in
            guard !core.isClosed else { return }
            core.isClosed = true
            core.timer?.cancel()
            core.timer = nil
            core.pending += core.renderer.close()
            core.renderer = QuietProgress()
            core.state.panel = nil
        }
    }

    /// Leaves the terminal to other output: nothing is written until the work is done, and then everything that was
    /// held back.
    package func pause<Result>(_ work: () async throws -> Result) async rethrows -> Result {
        let text = core.withLock { core in
            core.pauses += 1
            defer { core.pending = "" }
            return core.pending + core.renderer.close()
        }
        writer.withLock { $0(Array(text.utf8)) }
        defer { update { $0.pauses -= 1 } }
        return try await work()
    }

    fileprivate func advance(_ id: Int, by bytes: Int64) {
        core.withLock { $0.state.advance(id, by: bytes) }
    }

    fileprivate func finish(_ id: Int, _ outcome: ProgressOutcome) {
        let now = ProgressTime.now
        update { core in
            guard let item = core.state.finish(id) else { return }
            core.pending += core.renderer.show(.ended(item, outcome), core.state, at: now)
        }
    }

    private func show(_ event: ProgressEvent) {
        update { core in
            core.pending += core.renderer.show(event, core.state, at: .now)
            startTimer(&core)
        }
    }

    private func startTimer(_ core: inout Core) {
        if core.renderer.wantsTicks, core.timer == nil, !core.isClosed { core.timer = makeTimer() }
    }

    /// Redraws ten times a second until the view is closed or released.
    private func makeTimer() -> Task<Void, Never> {
        Task { [weak self] in
            while (try? await Task.sleep(for: .milliseconds(100))) != nil {
                guard let self else { return }
                update { core in
                    if !core.isClosed, core.pauses == 0 {
                        core.pending += core.renderer.tick(&core.state, at: .now)
                    }
                }
            }
        }
    }

    private func update<Result>(_ change: (inout Core) -> Result) -> Result {
        let (result, isPending) = core.withLock { core in
            let result = change(&core)
            return (result, !core.pending.isEmpty && core.pauses == 0)
        }
        guard isPending else { return result }
        writer.withLock { write in
            let text = core.withLock { core in
                if core.pauses > 0 { return "" }
                defer { core.pending = "" }
                return core.pending
            }
            if !text.isEmpty { write(Array(text.utf8)) }
        }
        return result
    }
}

/// A transfer shown by a ``ProgressView``.
package struct ProgressItem: Sendable {
    fileprivate let id: Int
    fileprivate let view: ProgressView

    /// Adds transferred bytes; a negative number means that something has to be transferred again.
    package func advance(by bytes: Int) {
        view.advance(id, by: Int64(bytes))
    }

    /// Ends the transfer. Only the first call counts.
    package func finish(_ outcome: ProgressOutcome) {
        view.finish(id, outcome)
    }
}
