package import Concurrency
package import FileSystem
package import GRPC

/// Takes the results of exporters.
package struct FileSendService: SessionService {
    /// The target of an exporter's result.
    package enum Target: Sendable {
        /// Reads the archive to its end, and returns when it is stored safely.
        case archive(@Sendable (any ByteStream) async throws -> Void)
        /// The folder for the files of `local`. Devices and the like are left out; their number is told at the end.
        case folder(OpenFolder, leftOut: @Sendable (Int) -> Void)
    }

    package let methods = ["/moby.filesync.v1.FileSend/DiffCopy"]
    private let targets: [Int: Target]

    /// - Parameter targets: By the places of exporters in the request.
    package init(_ targets: [Int: Target]) {
        self.targets = targets
    }

    package func answer(_ request: GRPCRequest) async throws {
        // Old daemons, which know only one exporter, say nothing.
        let id = request.metadata["buildkit-attachable-exporter-id"].flatMap { Int($0) } ?? 0
        switch targets[id] {
        case .archive(let store):
            try request.begin()
            try await store(RequestBytes(request))
        case .folder(let folder, let leftOut):
            let count = try await FileReceiver.answer(request, into: folder)
            if count > 0 { leftOut(count) }
        case nil: throw GRPCStatus(.notFound, "nothing takes the result of exporter \(id)")
        }
    }
}
