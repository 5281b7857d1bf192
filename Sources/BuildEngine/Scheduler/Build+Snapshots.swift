internal import FileSystem
internal import OCI
internal import Snapshots

extension Build {
    /// The folders of a snapshot's layers; an empty folder if there are none, since an overlay needs one.
    func lowerFolders(of snapshot: Snapshot) async throws -> LowerFolders {
        if !snapshot.isEmpty {
            return LowerFolders(
                folders: try await layers.folders(of: snapshot), times: try layers.times(of: snapshot))
        }
        let empty = "\(workspace.folder)/empty"
        do {
            try Folder.create(empty, permissions: 0o755)
        } catch {
            throw ImageError(.failed, "cannot prepare a step", error.description)
        }
        return LowerFolders(folders: [empty], times: [.allContent])
    }
}
