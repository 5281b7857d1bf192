internal import FileSystem
internal import Glibc
internal import OCI

/// The availability of overlayfs; without it, layers have to be copied.
package enum OverlaySupport: Sendable, Hashable {
    case available
    /// With the error of the system.
    case unavailable(reason: String)

    static let trialName = "removed"

    /// Tests overlayfs on the file system of a folder.
    ///
    /// - Parameter folder: The folder for layers. Files made for the test are removed.
    /// - Throws: ``FileError`` if the folder is not writable; ``ImageError`` if sandboxes are not possible at all;
    ///   `CancellationError`.
    package static func find(in folder: String, at location: SandboxLocation) async throws -> OverlaySupport {
        let trial = "\(folder)/.overlay-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let names = ["lower", "upper", "work"].map { "\(trial)/\($0)" }
        for name in names { try Folder.create(name) }
        defer { removeAll(trial) }
        try File.replace("\(names[0])/\(trialName)", with: [])
        do {
            let work = SandboxTask.Work.overlayTrial(layers: [names[0]], upper: names[1], work: names[2])
            _ = try await SandboxSupervisor.run(
                SandboxTask(folder: location.folder, work: work), program: location.program)
        } catch let error as ImageError {
            return .unavailable(reason: error.reason)
        }
        var whiteout = stat()
        let isThere = lstat("\(names[1])/\(trialName)", &whiteout) == 0
        return isThere && whiteout.st_mode & S_IFMT == S_IFCHR && whiteout.st_rdev == 0
            ? .available : .unavailable(reason: "it keeps no record of what is removed")
    }

    private static func removeAll(_ folder: String) {
        for name in (try? Folder.list(folder)) ?? [] where unlink("\(folder)/\(name)") != 0 {
            removeAll("\(folder)/\(name)")
        }
        rmdir(folder)
    }
}
