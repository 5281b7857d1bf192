package import Executor
package import OCI
package import Snapshots

/// Creates root file systems from layers, and layers from changes to them (BuildKit's `snapshot.Snapshotter`).
package protocol Snapshotter: Sendable {
    /// Creates a writable snapshot for a step.
    ///
    /// - Parameters:
    ///   - layers: The folders of its layers in overlayfs's format, the lowest first; at least one.
    ///   - folder: The path for changes, which must not exist yet.
    func prepare(_ layers: [String], in folder: String) async throws -> any ActiveSnapshot

    /// Creates a read-only snapshot.
    ///
    /// - Parameters:
    ///   - layers: The folders of its layers, as in ``prepare(_:in:)``.
    ///   - folder: The path for a copy, if one is needed; it must not exist yet.
    func view(_ layers: [String], in folder: String) async throws -> Mountable

    /// Checks saved findings about this machine again if this build has relied on them.
    ///
    /// - Returns: True if the result has changed, so that another attempt may succeed.
    func checkAgain() async throws -> Bool
}

/// A snapshot being written to by a step.
package protocol ActiveSnapshot: Sendable {
    /// The root file system.
    var root: Mountable { get }

    /// The root file system for another process, after the first one has ended.
    func remounted() throws -> Mountable

    /// Saves the changes as a layer, unless one with the same content exists.
    ///
    /// - Parameters:
    ///   - lower: The layers below.
    ///   - instruction: The digest of the step's instruction, independent of the snapshot.
    ///   - run: The period in which its program ran.
    ///   - digests: The known hashes of files.
    /// - Returns: The layer; `nil` if nothing has changed.
    func commit(
        over lower: LowerFolders, madeBy instruction: Digest, in run: RunPeriod, with digests: FileDigests
    ) throws -> MadeLayer?
}

/// A layer made by a step.
package struct MadeLayer: Sendable {
    package let id: Digest
    package let times: LayerTimes

    /// - Parameters:
    ///   - instruction: The digest of the step's instruction.
    ///   - runs: The runs of the programs that made the layer.
    /// - Throws: ``ImageError``.
    package init(
        of content: LayerContent, madeBy instruction: Digest, in runs: [RunPeriod], with digests: FileDigests
    ) throws(ImageError) {
        id = try content.digest(with: digests, madeBy: instruction)
        times = LayerTimes(of: content, madeIn: runs)
    }
}

/// The folders of layers, the lowest first, and the times in them that count as content.
package struct LowerFolders: Sendable {
    package let folders: [String]
    package let times: [LayerTimes]

    package init(folders: [String], times: [LayerTimes]) {
        self.folders = folders
        self.times = times
    }
}
