import BuildEngine
import BuildPlan
import Concurrency
import DockerfileLanguage
import Executor
import FileSystem
import Glibc
import ImageTools
import OCI
import Processes
import Snapshots
import TestKit
import Testing

@Suite("The engine")
struct SeamTests {
    private static let dockerfile = """
        FROM scratch
        RUN ["one"]
        RUN ["two"]
        """

    @Test func `runs its steps by any executor, and each of them once`() async throws {
        try await TemporaryFolder.with { folder in
            let executor = WritingExecutor()
            for _ in 1...2 {
                let image = try await Self.build(in: folder.file("cache"), executor) { LayerSnapshotter(copyingIn: $0) }
                #expect(image.snapshot.layers.count == 2)
            }
            #expect(executor.processes.map(\.arguments) == [["one"], ["two"]])
            let roots = executor.processes.map(\.root)
            for root in roots { if case .folder = root {} else { Issue.record("\(root)") } }
        }
    }

    @Test func `keeps what steps write in any snapshotter`() async throws {
        try await TemporaryFolder.with { folder in
            let snapshotters = Guarded<[CountingSnapshotter]>([])
            _ = try await Self.build(in: folder.file("cache"), WritingExecutor()) { workspace in
                let snapshotter = CountingSnapshotter(LayerSnapshotter(copyingIn: workspace))
                snapshotters.withLock { $0.append(snapshotter) }
                return snapshotter
            }
            let calls = snapshotters.withLock { $0 }.flatMap(\.calls)
            #expect(calls == ["prepare 1", "commit", "prepare 1", "commit"])
        }
    }

    @Test func `tries a step once more when what it relied on has changed`() async throws {
        try await TemporaryFolder.with { folder in
            let executor = WritingExecutor(failures: 1, isDifferent: true)
            _ = try await Self.build(in: folder.file("cache"), executor) { LayerSnapshotter(copyingIn: $0) }
            #expect(executor.processes.map(\.arguments) == [["one"], ["one"], ["two"]])
            let stubborn = WritingExecutor(failures: 1, isDifferent: false)
            await #expect(throws: ImageError.self) {
                try await Self.build(in: folder.file("other"), stubborn) { LayerSnapshotter(copyingIn: $0) }
            }
            #expect(stubborn.processes.count == 1)
        }
    }

    @discardableResult
    private static func build(
        in folder: String, _ executor: WritingExecutor, _ snapshotter: (Workspace) -> any Snapshotter
    ) async throws -> Build.Image {
        let workspace = try await Workspace(folder: folder)
        defer { workspace.close() }
        let request = BuildRequest(dockerfile: try Dockerfile(parsing: dockerfile.utf8), platforms: [.host])
        let build = Build(
            try await PlannedBuild(request, images: NoImages()), inputs: BuildInputs(), in: workspace,
            executor: executor,
            snapshotter: snapshotter(workspace), images: ImageLibrary(NoStores(), folder: "\(folder)/images"),
            observer: NoObserver(), transfers: NoObserver())
        return try #require(try await build.run().first).get()
    }
}

extension LayerSnapshotter {
    fileprivate convenience init(copyingIn workspace: Workspace) {
        self.init(in: workspace) { _ in .unavailable(reason: "it is not asked for") }
    }
}

/// Runs no program: it writes a file named like the program into the root.
private final class WritingExecutor: Executor {
    private let state: Guarded<(processes: [SandboxSpec], failures: Int)>
    private let isDifferent: Bool

    init(failures: Int = 0, isDifferent: Bool = false) {
        state = Guarded(([], failures))
        self.isDifferent = isDifferent
    }

    var processes: [SandboxSpec] { state.withLock { $0.processes } }

    func emulation(for platform: Platform) -> Emulation { .native }

    func run(
        _ process: SandboxSpec, note: @escaping @Sendable (ExecutionEvent) -> Void
    ) throws -> ProgramResult.Ending {
        let fails = state.withLock { state in
            state.processes.append(process)
            state.failures -= 1
            return state.failures >= 0
        }
        if fails { throw ImageError(.failed, "cannot start \(process.arguments[0])", "there is no such program") }
        note(.starting)
        guard case .folder(let root) = process.root else { return .exited(status: 1) }
        try File.replace("\(root)/\(process.arguments[0])", with: Array(process.arguments[0].utf8))
        return .exited(status: 0)
    }

    func converse(_ process: SandboxSpec) -> ProgramResult.Ending { .exited(status: 0) }

    func checkAgain() -> Bool { isDifferent }
}

/// Counts what is asked of another one.
private final class CountingSnapshotter: Snapshotter {
    private struct Active: ActiveSnapshot {
        let other: any ActiveSnapshot
        let counter: CountingSnapshotter

        var root: Mountable { other.root }

        func remounted() throws -> Mountable { try other.remounted() }

        func commit(
            over lower: LowerFolders, madeBy instruction: Digest, in run: RunPeriod, with digests: FileDigests
        ) throws -> MadeLayer? {
            counter.note("commit")
            return try other.commit(over: lower, madeBy: instruction, in: run, with: digests)
        }
    }

    private let other: LayerSnapshotter
    private let noted = Guarded<[String]>([])

    init(_ other: LayerSnapshotter) { self.other = other }

    var calls: [String] { noted.withLock { $0 } }

    private func note(_ call: String) { noted.withLock { $0.append(call) } }

    func prepare(_ layers: [String], in folder: String) async throws -> any ActiveSnapshot {
        note("prepare \(layers.count)")
        return Active(other: try await other.prepare(layers, in: folder), counter: self)
    }

    func view(_ layers: [String], in folder: String) async throws -> Mountable {
        note("view")
        return try await other.view(layers, in: folder)
    }

    func checkAgain() async throws -> Bool { try await other.checkAgain() }
}

private struct NoImages: BaseImages {
    func image(for request: BaseImage.Request) throws -> BaseImage { throw TestKitError("no image is needed") }
}

private struct NoStores: ImageStores {
    func source(at location: Reference.Location) throws(ImageError) -> any ImageSource { try store(at: location) }

    func store(at location: Reference.Location) throws(ImageError) -> any ImageStore {
        throw ImageError(.notFound, "cannot open \(location)", "no store is needed")
    }

    func destination(at location: Reference.Location) throws(ImageError) -> any ImageDestination {
        try store(at: location)
    }
}

private struct NoObserver: BuildObserver, TransferObserver, TransferTicket {
    func note(_ event: BuildEvent) {}
    func begin(_ work: LayerWork, size: () -> Int64) -> (any TransferTicket)? { nil }
    func begin(_ descriptor: Descriptor, _ kind: TransferKind, to destination: String) -> any TransferTicket { self }
    func wait(for image: Reference) -> any TransferTicket { self }
    func note(_ text: String) {}
    func warn(_ text: String) {}
    func advance(by bytes: Int) {}
    func end(_ result: Result<BlobPlacement, any Error>) {}
}
