import OCI
import TestKit
import Testing

/// The program under test with a cache of build steps and a store of images.
struct Builder: Sendable {
    private let folder: TemporaryFolder
    /// Whether layers are copied together, as where there is no overlayfs.
    var copiesLayers = false

    /// A builder that knows nothing yet and is gone afterwards.
    static func with<Result>(_ body: (Builder) async throws -> Result) async throws -> Result {
        try await TemporaryFolder.with { try await body(Builder(folder: $0)) }
    }

    /// The builder that tests share for which it does not matter what it knows already.
    static func shared() throws -> Builder { Builder(folder: try SharedFolder.folder.get()) }

    /// Where the program finds the cache and the store.
    var environment: [String: String] {
        let snapshots = copiesLayers ? ["IMGTOOL_SNAPSHOTS": "copy"] : [:]
        return ["IMGTOOL_CACHE": file("cache"), "IMGTOOL_STORE": file("store")].merging(snapshots) { $1 }
    }

    /// A path for something that lives as long as the builder.
    func file(_ name: String) -> String { folder.file(name) }

    /// Runs the program to its end.
    ///
    /// - Parameter directory: Where it runs.
    func imgtool(_ arguments: [String], in directory: String = "/") async throws -> Tool.Outcome {
        try await Tool("env").run(
            ["-C", directory, Tool.imgtool.program] + arguments,
            environment: environment, timeout: .seconds(300))
    }

    /// Runs the program, which has to succeed.
    ///
    /// - Returns: What it wrote to its standard output, without the newline at the end.
    @discardableResult
    func succeeds(
        _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let outcome = try await imgtool(arguments)
        #expect(outcome.status == 0, "\(arguments): \(outcome.error)", sourceLocation: sourceLocation)
        return outcome.output.hasSuffix("\n") ? String(outcome.output.dropLast()) : outcome.output
    }

    /// Builds, which has to succeed, with names that stand for the images of ``BaseImages``.
    ///
    /// - Parameters:
    ///   - bases: What a Dockerfile calls them, and what they are called there.
    ///   - context: The build context, where the program runs.
    /// - Returns: What was shown of the progress.
    @discardableResult
    func build(
        _ arguments: [String], bases: KeyValuePairs<String, String> = ["busybox": "busybox"], context: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let layout = try await BaseImages.layout()
        let contexts = bases.flatMap { ["--build-context", "\($0)=oci-layout://\(layout):\($1)"] }
        let outcome = try await imgtool(
            ["build", "--progress", "plain"] + contexts + arguments + ["."], in: context)
        #expect(outcome.status == 0, "\(arguments): \(outcome.error)", sourceLocation: sourceLocation)
        return outcome.error
    }
}
