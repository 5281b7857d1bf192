internal import Concurrency

/// Shows how transfers come along, on standard error. Every task may use it at any time.
package final class ProgressView: Sendable {
    private struct Core {
        var state = ProgressState()
        var renderer: any ProgressRenderer
        /// What has been rendered and not been written.
        var pending = ""
        var warned: Set<String> = []
        var timer: Task<Void, Never>?
        var isClosed = false
        /// How many have the terminal for themselves.
        var pauses = 0
    }

    /// How it shows things: never ``ProgressMode/auto``.
    package let mode: ProgressMode
    /// What its output goes to.
    package let terminal: ProgressTerminal
    private let core: Guarded<Core>
    /// Puts the writes in order. A slow terminal is waited for under this lock, never under the one of the state, so
    /// that it does not hold the transfers up.
    private let writer: Guarded<@Sendable ([UInt8]) -> Void>

    /// - Parameters:
    ///   - mode: How to show it.
    ///   - terminal: What the output goes to.
    ///   - fallback: What ``ProgressMode/auto`` is when that is no terminal.
    ///   - write: Writes bytes; it is called by one thread at a time.
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

    /// Begins a transfer.
    ///
    /// - Parameters:
    ///   - name: What is transferred, as in `sha256:ab12cd34ef56`.
    ///   - detail: What it is, as in `layer`.
    ///   - total: Bytes, if it is known how many there will be.
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

    /// Says something that is worth knowing now, as in "waiting for registry.example".
    package func note(_ text: String) {
        show(.note(text.printable))
    }

    /// Says something that must not be missed. It is shown in every mode, and each text once.
    package func warn(_ text: String) {
        let text = text.printable
        let isNew = core.withLock { $0.warned.insert(text).inserted }
        if isNew { show(.warning(text)) }
    }

    /// Shows lines as they are, in every mode. On a terminal they stay there, above what is being drawn.
    package func show(_ lines: [ProgressLine]) {
        if !lines.isEmpty { show(.lines(lines)) }
    }

    /// Draws something above the transfers, on a terminal only, until it is replaced.
    ///
    /// - Parameter panel: It must not call the view.
    package func draw(_ panel: ProgressPanel?) {
        update { core in
            core.state.panel = panel
            if panel != nil { startTimer(&core) }
        }
    }

    /// Writes what has not been written, clears what is drawn, and gives the cursor back. What comes after it is not
    /// shown, except warnings and lines.
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

    /// Leaves the terminal to somebody else: nothing is written until the work is done, and then what was kept back.
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

    /// Redraws ten times a second until the view is closed or gone.
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

/// One transfer that a ``ProgressView`` shows.
package struct ProgressItem: Sendable {
    fileprivate let id: Int
    fileprivate let view: ProgressView

    /// Counts bytes that have been transferred; less than zero takes back what has to be transferred again.
    package func advance(by bytes: Int) {
        view.advance(id, by: Int64(bytes))
    }

    /// Ends the transfer. Only the first end counts.
    package func finish(_ outcome: ProgressOutcome) {
        view.finish(id, outcome)
    }
}
