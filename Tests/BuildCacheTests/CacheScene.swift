import Foundation
import OCI
import TestKit
import Testing

/// A cache of builds in a folder of its own, and builds that use it.
struct CacheScene: Sendable {
    /// Containers are made by root only.
    static let canBuild = geteuid() == 0

    let folder: TemporaryFolder

    /// Nothing of the scene is there afterwards.
    static func with<Result>(_ body: (CacheScene) async throws -> Result) async throws -> Result {
        try await TemporaryFolder.with { try await body(CacheScene(folder: $0)) }
    }

    var cache: String { folder.file("cache") }

    /// The variables that name the scene's folders.
    func environment(cache: String? = nil) -> [String: String] {
        [
            "IMGTOOL_CACHE": cache ?? self.cache, "IMGTOOL_STORE": folder.file("store"),
            "SOURCE_DATE_EPOCH": "1700000000",
        ]
    }

    /// Runs the program to its end.
    func imgtool(_ arguments: String..., cache: String? = nil) async throws -> Tool.Outcome {
        try await Tool.imgtool.run(arguments, environment: environment(cache: cache))
    }

    /// Runs the program, which has to succeed.
    ///
    /// - Returns: What it wrote to its standard output.
    @discardableResult
    func succeeds(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
        let outcome = try await Tool.imgtool.run(arguments, environment: environment())
        #expect(outcome.status == 0, "\(arguments): \(outcome.error)", sourceLocation: sourceLocation)
        return outcome.output
    }

    /// Makes a build context of one Dockerfile, in which `busybox` is an image.
    ///
    /// - Returns: The arguments that build it, into a layout of the context's name.
    func context(_ name: String, _ dockerfile: String) async throws -> [String] {
        try folder.write("\(name)/Dockerfile", text: dockerfile)
        return [
            "build", "--progress", "plain", "--build-context",
            "busybox=oci-layout://\(try await BusyboxImage.layout())",
            "--output", "type=oci,tar=false,dest=\(folder.file("\(name).layout"))", folder.file(name),
        ]
    }

    /// Builds a context.
    func run(_ build: [String], cache: String? = nil) async throws -> Tool.Outcome {
        try await Tool.imgtool.run(build, environment: environment(cache: cache))
    }

    /// Builds a context, which has to succeed.
    ///
    /// - Returns: The digest of the image.
    @discardableResult
    func build(
        _ build: [String], cache: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let outcome = try await run(build, cache: cache)
        #expect(outcome.status == 0, "\(outcome.error)", sourceLocation: sourceLocation)
        return outcome.output.split(separator: "@").last.map { String($0.filter { $0 != "\n" }) } ?? ""
    }

    /// Runs a shell script in a mount namespace of its own, in which it may mount and which leaves nothing behind.
    ///
    /// - Parameter words: What is `$1` and so on; `$0` is the program.
    func shell(_ script: String, _ words: [String] = []) async throws -> Tool.Outcome {
        try await Tool("unshare").run(
            ["--mount", "--propagation", "private", "bash", "-c", script, Tool.imgtool.program] + words,
            environment: environment())
    }
}

/// The image that builds of these tests start from: Debian's busybox, made by the program itself.
enum BusyboxImage {
    /// The layout that it is in.
    static func layout() async throws -> String { try await made.value }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    private static let folder: Result<TemporaryFolder, any Error> = Result {
        let folder = try TemporaryFolder()
        // Read by other users, too.
        chmod(folder.path, 0o755)
        atexit { try? BusyboxImage.folder.get().remove() }
        return folder
    }

    private static let made = Task<String, any Error> {
        let (scenery, context) = ("\(root)/testdata/images/busybox", "\(root)/.build/test-images/busybox")
        let fetch = try await Tool("\(scenery)/fetch").run([context], timeout: .seconds(300))
        guard fetch.succeeded else { throw TestKitError("cannot fetch busybox: \(fetch.error)") }
        let place = try folder.get()
        let outcome = try await Tool.imgtool.run(
            [
                "build", "-f", "\(scenery)/Dockerfile", "--output",
                "type=oci,tar=false,dest=\(place.file("busybox"))", context,
            ],
            environment: ["IMGTOOL_CACHE": place.file("cache"), "SOURCE_DATE_EPOCH": "1700000000"])
        guard outcome.succeeded else { throw TestKitError("cannot build busybox: \(outcome.error)") }
        return place.file("busybox") + ":latest"
    }
}
