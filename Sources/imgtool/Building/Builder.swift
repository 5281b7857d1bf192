internal import BuildEngine
internal import BuildPlan
internal import OCI

/// Builds images of a Dockerfile: the built-in engine, or one that runs elsewhere.
protocol Builder: Sendable {
    /// Builds the images of all platforms that a request names.
    ///
    /// A platform that fails does not stop the others.
    ///
    /// - Throws: An error that concerns all platforms; `CancellationError`.
    func build(
        _ request: BuildRequest, _ inputs: BuildInputs, showing progress: BuildProgress
    ) async throws -> any BuildResult
}

/// The result of a build, before it is delivered.
protocol BuildResult: Sendable {
    /// The platforms whose images were built, in the order of the request.
    var platforms: [Platform] { get }
    /// The platforms whose images could not be built, in the order of the request.
    var failures: [(platform: Platform, error: any Error)] { get }

    /// Makes manifests and blobs of the images.
    ///
    /// - Throws: ``ImageError``; `CancellationError`.
    func assemble(_ export: ImageExport) async throws -> BuiltImages

    /// Writes the files of the images, without layers: into a folder, or as a tar archive.
    ///
    /// - Parameters:
    ///   - destination: A path; for an archive `-` is standard output.
    ///   - epoch: The latest time in the result, instead of the build's, in seconds since 1970.
    /// - Returns: A note about the files for a person; `nil` for none.
    /// - Throws: ``ImageError``; `CancellationError`.
    func exportFiles(
        to destination: String, isArchive: Bool, split: PlatformSplit, epoch: Int64?
    ) async throws -> String?

    /// Removes blobs that turned out to be damaged, so that the next build makes them anew.
    ///
    /// - Returns: Whether there were any.
    func removeDamagedBlobs() async throws -> Bool
}
