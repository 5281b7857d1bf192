internal import FileSystem
internal import Glibc
internal import OCI
internal import Processes

/// The availability of overlayfs; without it, layers have to be copied.
package enum OverlaySupport: Sendable, Hashable {
    case available
    /// Not by the kernel for this user, but by the program fuse-overlayfs at a path.
    case program(String)
    /// With the error of the system.
    case unavailable(reason: String)

    static let trialName = "removed"
    static let trialFolder = "replaced"

    /// Tests overlayfs on the file system of a folder.
    ///
    /// - Parameter folder: The folder for layers. Files made for the test are removed.
    /// - Throws: ``FileError`` if the folder is not writable; ``ImageError`` if sandboxes are not possible at all;
    ///   `CancellationError`.
    package static func find(in folder: String, at location: SandboxLocation) async throws -> OverlaySupport {
        guard let reason = try await problem(in: folder, at: location, with: nil) else { return .available }
        // As root, it uses other attributes.
        guard !UserNamespace.isRoot, let program = ProgramPath.find(FuseOverlay.name),
            try await problem(in: folder, at: location, with: program) == nil
        else { return .unavailable(reason: reason) }
        return .program(program)
    }

    /// - Returns: The error of the system; `nil` if it works.
    private static func problem(
        in folder: String, at location: SandboxLocation, with program: String?
    ) async throws -> String? {
        let trial = "\(folder)/.overlay-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let names = ["lower", "upper", "work"].map { "\(trial)/\($0)" }
        for name in names { try Folder.create(name) }
        defer { removeAll(trial) }
        try File.replace("\(names[0])/\(trialName)", with: [])
        try Folder.create("\(names[0])/\(trialFolder)")
        do {
            let work = SandboxTask.Work.overlayTrial(
                layers: [names[0]], upper: names[1], work: names[2], program: program)
            _ = try await SandboxSupervisor.run(
                SandboxTask(folder: location.folder, work: work), program: location.program)
        } catch let error as ImageError {
            return error.reason
        }
        let upper = try OpenFolder(names[1])
        guard let whiteout = try upper.status(trialName.asName), whiteout.st_mode & S_IFMT == S_IFCHR,
            whiteout.st_rdev == 0
        else { return "it does not record removed files" }
        return nil
    }

    private static func removeAll(_ folder: String) {
        for name in (try? Folder.list(folder)) ?? [] where unlink("\(folder)/\(name)") != 0 {
            removeAll("\(folder)/\(name)")
        }
        rmdir(folder)
    }
}
