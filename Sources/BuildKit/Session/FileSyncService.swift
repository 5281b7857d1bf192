package import GRPC

/// Sends files: contexts and Dockerfiles.
package struct FileSyncService: SessionService {
    package let methods = ["/moby.filesync.v1.FileSync/DiffCopy"]
    private let trees: [String: SentFiles]

    /// - Parameter trees: By the names that the daemon knows: `context`, `dockerfile`, and those of named contexts.
    package init(_ trees: [String: SentFiles]) {
        self.trees = trees
    }

    package func answer(_ request: GRPCRequest) async throws {
        let name = FileRequest(request.metadata).name
        guard let files = trees[name] else { throw GRPCStatus(.notFound, "there is no context \(name)") }
        try await FileSender.answer(request, with: files)
    }
}
