import BuildKit
import Concurrency
import FileSystem
import GRPC
import TestKit

/// A build on a real Docker engine, of a folder whose files the test writes.
struct EngineBuild {
    let folder: TemporaryFolder
    var request = SolveRequest()
    var services: [any SessionService] = []
    let updates = Guarded<[StatusUpdate]>([])

    /// - Parameter dockerfile: Steps that may run `/bin/sh`.
    init(_ dockerfile: String) throws {
        folder = try TemporaryFolder()
        try folder.write("Dockerfile", text: dockerfile)
        request.attributes = ["force-network-mode": "host"]
        request.entitlements = ["network.host"]
    }

    /// Connects to the engine.
    static func connected<Result: Sendable>(
        _ body: @escaping @Sendable (BuildKitClient) async throws -> Result
    ) async throws -> Result {
        let engine = try await DockerEngine.shared()
        let socket = try await SocketChannel.connected(toPath: engine.socket)
        return try await BuildKitClient.with(DockerUpgrade.upgrade(socket), body)
    }

    func run() async throws -> [String: String] {
        try await Self.connected { try await run($0) }
    }

    func run(_ client: BuildKitClient) async throws -> [String: String] {
        let context = SentFiles.folder(try OpenFolder(folder.path))
        let tools = SentFiles.folder(try OpenFolder(String(DockerEngine.busybox.dropLast("/busybox".count))))
        let files = FileSyncService(["context": context, "dockerfile": context, "tools": tools])
        var request = request
        request.attributes["context:tools"] = "local:tools"
        let session = BuildSession(sharedKey: folder.path, services: services + [files])
        return try await client.build(request, session: session) { update in updates.withLock { $0.append(update) } }
    }

    /// The output of all steps.
    var log: String {
        String(decoding: updates.withLock { $0.flatMap { $0.logs.flatMap(\.bytes) } }, as: UTF8.self)
    }

    /// A base image with a shell.
    static let base = "FROM scratch AS base\nCOPY --from=tools busybox /bin/sh\n"
}
