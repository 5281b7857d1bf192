internal import ImageTools
internal import OCI
internal import Spelling
internal import Terminal

/// Shows transfers in a progress view.
struct TransferProgress: TransferObserver {
    let view: ProgressView
    /// True to show notes even if no other progress is shown.
    var showsNotes = true

    func begin(_ descriptor: Descriptor, _ kind: TransferKind, to destination: String) -> any TransferTicket {
        begin(descriptor.digest.short, detail: kind.rawValue, total: descriptor.size)
    }

    func wait(for image: Reference) -> any TransferTicket {
        begin(image.description, detail: "awaited")
    }

    /// Starts any other work counted in bytes.
    ///
    /// - Parameter uncounted: The size in bytes of work without progress reports.
    func begin(
        _ name: String, detail: String = "", total: Int64? = nil, uncounted: Int64 = 0
    ) -> any TransferTicket {
        Ticket(item: view.begin(name, detail: detail, total: total), uncounted: Int(uncounted))
    }

    func note(_ text: String) {
        guard view.mode == .quiet else { return view.note(text) }
        if showsNotes { view.show([ProgressLine(text.escaped)]) }
    }

    func warn(_ text: String) { view.warn(text) }

    private struct Ticket: TransferTicket {
        let item: ProgressItem
        let uncounted: Int

        func advance(by bytes: Int) { item.advance(by: bytes) }

        func end(_ result: Result<BlobPlacement, any Error>) {
            switch result {
            case .success(.existed): item.finish(.skipped("exists"))
            case .success(.mounted): item.finish(.mounted)
            case .success(.written):
                if uncounted > 0 { item.advance(by: uncounted) }
                item.finish(.done)
            // A cancelled task may end with various errors, such as a broken connection.
            case .failure(let error) where error is CancellationError || Task.isCancelled: item.finish(.cancelled)
            case .failure(let error): item.finish(.failed("\(error)"))
            }
        }
    }
}
