package import Executor
package import OCI
package import Snapshots

/// Makes root file systems of layers, and layers of what is written to them (BuildKit's `snapshot.Snapshotter`).
package protocol Snapshotter: Sendable {
    /// Makes a snapshot that a step may write to.
    ///
    /// - Parameters:
    ///   - layers: The folders of its layers in the form of overlayfs, the lowest first; at least one.
    ///   - folder: The path for what is written, which must not exist yet.
    func prepare(_ layers: [String], in folder: String) async throws -> any ActiveSnapshot

    /// Makes a snapshot that is only read.
    ///
    /// - Parameters:
    ///   - layers: The folders of its layers, as in ``prepare(_:in:)``.
    ///   - folder: The path for a copy, if one is needed; it must not exist yet.
    func view(_ layers: [String], in folder: String) async throws -> Mountable

    /// Checks whether what earlier builds have found out about this machine still holds, if this build has relied on it.
    ///
    /// - Returns: Whether something has changed, so that another attempt may succeed.
    func checkAgain() async throws -> Bool
}

/// A snapshot that a step writes to.
package protocol ActiveSnapshot: Sendable {
    /// The root file system.
    var root: Mountable { get }

    /// The root file system for one more process, after the first one has ended.
    func remounted() throws -> Mountable

    /// Keeps what has been written as a layer, unless there is one of the same content.
    ///
    /// - Parameters:
    ///   - lower: The layers below.
    ///   - instruction: What the step does, on whatever snapshot.
    ///   - run: The time in which its program ran.
    ///   - digests: The known digests of files.
    /// - Returns: The layer; `nil` if nothing has changed.
    func commit(
        over lower: LowerFolders, madeBy instruction: Digest, in run: RunPeriod, with digests: FileDigests
    ) throws -> MadeLayer?
}

/// A layer that a step has made.
package struct MadeLayer: Sendable {
    package let id: Digest
    package let times: LayerTimes

    /// - Parameters:
    ///   - instruction: What the step does, wherever it does it.
    ///   - runs: When the programs ran that have made what is in it.
    /// - Throws: ``ImageError``.
    package init(
        of content: LayerContent, madeBy instruction: Digest, in runs: [RunPeriod], with digests: FileDigests
    ) throws(ImageError) {
        id = try content.digest(with: digests, madeBy: instruction)
        times = LayerTimes(of: content, madeIn: runs)
    }
}

/// The folders of layers, the lowest first, and which of their times are content.
package struct LowerFolders: Sendable {
    package let folders: [String]
    package let times: [LayerTimes]

    package init(folders: [String], times: [LayerTimes]) {
        self.folders = folders
        self.times = times
    }
}
