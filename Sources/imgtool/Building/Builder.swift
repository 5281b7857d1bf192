internal import BuildEngine
internal import BuildPlan
internal import ImageTools
internal import OCI

/// Builds the images of a Dockerfile: the built-in engine, or a remote one.
protocol Builder: Sendable {
    /// Builds images for all platforms of a request.
    ///
    /// A platform that fails does not stop the others.
    ///
    /// - Throws: An error that concerns all platforms; `CancellationError`.
    func build(
        _ request: BuildRequest, _ inputs: BuildInputs, showing observer: any BuildObserver,
        transfers: any TransferObserver
    ) async throws -> any BuildResult

    /// Removes unfinished content. Called at the end of the build in any case.
    func close()
}

/// The undelivered result of a build.
protocol BuildResult: Sendable {
    /// The platforms with an image, in the order of the request.
    var platforms: [Platform] { get }
    /// The platforms that failed, in the order of the request.
    var failures: [(platform: Platform, error: any Error)] { get }

    /// Creates the manifests and blobs of the images.
    ///
    /// - Throws: ``ImageError``; `CancellationError`.
    func assemble(_ export: ImageExport) async throws -> any BuiltImages

    /// Writes the files of the images, without layers, to a folder or a tar archive.
    ///
    /// - Parameters:
    ///   - destination: A path, or `-` to write an archive to standard output.
    ///   - epoch: The latest time in the result, in seconds since 1970; `nil` for that of the build.
    /// - Returns: A note about the files for the user; `nil` for none.
    /// - Throws: ``ImageError``; `CancellationError`.
    func exportFiles(
        to destination: String, isArchive: Bool, split: PlatformSplit, epoch: Int64?
    ) async throws -> String?

    /// Removes damaged blobs, so that the next build makes them anew.
    ///
    /// - Returns: True if there were any.
    func removeDamagedBlobs() async throws -> Bool
}
