internal import OCI
internal import Registry
internal import Terminal

/// The resources common to all commands.
struct Session: Sendable {
    let stores: StoreDirectory
    let progress: ProgressView
    /// Shows transfers, notes and warnings.
    let observer: TransferProgress

    /// - Parameter fallback: The default progress mode without a terminal.
    init(
        _ registry: RegistryFlags, _ output: OutputFlags, withoutTerminal fallback: ProgressMode = .quiet
    ) throws {
        let progress = ProgressView(output.mode, withoutTerminal: fallback)
        self.progress = progress
        observer = TransferProgress(view: progress, showsNotes: !output.quiet)
        let show: @Sendable (String) -> Void = { StandardError.write(line: $0) }
        stores = StoreDirectory(
            options: try registry.options(), certificateFolder: registry.certificateFolder,
            notify: { Self.show($0, in: progress) }, notice: { progress.note($0) }, trace: output.debug ? show : nil)
    }

    private static func show(_ notice: RegistryNotice, in progress: ProgressView) {
        switch notice {
        case .warning(let text): progress.warn(text)
        case .retry(let text): progress.note(text)
        }
    }

    /// Runs a command's work; then completes the archives it has written and closes the progress view, in any case.
    func run<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            let result = try await work()
            try await stores.finish()
            progress.close()
            return result
        } catch {
            stores.abandon()
            progress.close()
            throw stores.explained(error)
        }
    }
}
