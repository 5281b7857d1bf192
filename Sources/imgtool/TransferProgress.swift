internal import ImageTools
internal import OCI
internal import Terminal

/// Shows transfers in the progress view.
struct TransferProgress: TransferObserver {
    let view: ProgressView

    func begin(_ descriptor: Descriptor, _ kind: TransferKind, to destination: String) -> any TransferTicket {
        Ticket(item: view.begin(descriptor.digest.short, detail: kind.rawValue, total: descriptor.size))
    }

    func wait(for image: Reference) -> any TransferTicket {
        Ticket(item: view.begin(image.description, detail: "awaited"))
    }

    func warn(_ text: String) { view.warn(text) }

    private struct Ticket: TransferTicket {
        let item: ProgressItem

        func advance(by bytes: Int) { item.advance(by: bytes) }

        func end(_ result: Result<BlobPlacement, any Error>) {
            switch result {
            case .success(.existed): item.finish(.skipped("exists"))
            case .success(.mounted): item.finish(.mounted)
            case .success(.written): item.finish(.done)
            case .failure(let error): item.finish(.failed("\(error)"))
            }
        }
    }
}
