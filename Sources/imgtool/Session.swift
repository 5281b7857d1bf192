internal import OCI
internal import Registry
internal import Terminal

/// What every command works with.
struct Session: Sendable {
    let stores: StoreDirectory
    let progress: ProgressView

    init(_ registry: RegistryFlags, _ output: OutputFlags) throws {
        let progress = ProgressView(mode: output.mode)
        self.progress = progress
        stores = StoreDirectory(
            options: try registry.options(), certificateFolder: registry.certificateFolder,
            notify: { notice in
                switch notice {
                case .warning(let text): progress.warn(text)
                case .retry(let text): progress.note(text)
                }
            },
            notice: { progress.note($0) },
            trace: output.debug ? { StandardError.write(line: $0) } : nil)
    }

    /// Runs a command's work, and takes the progress off the screen at its end, however it ends.
    func run<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            let result = try await work()
            await progress.close()
            return result
        } catch {
            await progress.close()
            throw error
        }
    }
}
