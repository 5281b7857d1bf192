internal import Concurrency
package import Executor
internal import FileSystem
internal import Glibc
internal import OCI
internal import Snapshots

/// Combines the folders of layers with overlayfs if the machine supports it, else by copying.
package final class LayerSnapshotter: Snapshotter {
    /// The result of mounting an overlay on this machine.
    private struct OverlayChoice: Sendable, Hashable {
        let isUsed: Bool
        /// True if an earlier build tested it, rather than this one.
        let isRemembered: Bool
    }

    private let workspace: Workspace
    private let canMountOverlays: @Sendable (_ folder: String) async throws -> Bool
    private let overlays = SingleFlight<String, OverlayChoice>()

    /// - Parameter canMountOverlays: Tests an overlay mount of layers in a folder.
    package init(
        in workspace: Workspace, canMountOverlays: @escaping @Sendable (_ folder: String) async throws -> Bool
    ) {
        self.workspace = workspace
        self.canMountOverlays = canMountOverlays
    }

    package func prepare(_ layers: [String], in folder: String) async throws -> any ActiveSnapshot {
        try Self.makeFolder(at: folder)
        guard try await usesOverlays() else {
            let copy = try await OwnThread.run { try TreeCopy(of: layers, in: folder) }
            return CopiedSnapshot(copy: copy, store: workspace.layers)
        }
        let snapshot = OverlaySnapshot(
            layers: layers, upper: "\(folder)/upper", work: "\(folder)/work", store: workspace.layers)
        for name in [snapshot.upper, snapshot.work] { try Self.makeFolder(at: name) }
        return snapshot
    }

    package func view(_ layers: [String], in folder: String) async throws -> Mountable {
        if layers.count == 1 { return .folder(layers[0]) }
        if try await usesOverlays() { return .layers(layers) }
        return try await prepare(layers, in: folder).root
    }

    package func checkAgain() async throws -> Bool {
        let overlay = try await overlay()
        guard overlay.isRemembered else { return false }
        await overlays.forget("")
        return try await self.overlay(triesAgain: true).isUsed != overlay.isUsed
    }

    /// `IMGTOOL_SNAPSHOTS=copy` disables overlays.
    private func usesOverlays() async throws -> Bool {
        if let choice = getenv("IMGTOOL_SNAPSHOTS"), strcmp(choice, "copy") == 0 { return false }
        return try await overlay().isUsed
    }

    private func overlay(triesAgain: Bool = false) async throws -> OverlayChoice {
        let (folder, path) = ("\(workspace.folder)/tmp", "\(workspace.folder)/overlay")
        return try await overlays.value(for: "") {
            let traits = [MachineTraits.ofProcess, MachineTraits.ofFileSystem(folder)].joined(separator: "\n")
            let record = MachineRecord(path: path, traits: traits)
            if !triesAgain, record.value != nil { return OverlayChoice(isUsed: true, isRemembered: true) }
            // Locked, or another build that starts would remove the test as a leftover.
            let trial = try ScratchFolder(in: folder)
            defer { trial.remove() }
            guard try await self.canMountOverlays(trial.path) else {
                record.forget()
                return OverlayChoice(isUsed: false, isRemembered: false)
            }
            record.remember("available")
            return OverlayChoice(isUsed: true, isRemembered: false)
        }
    }

    fileprivate static func makeFolder(at path: String) throws(ImageError) {
        do {
            try Folder.create(path, permissions: 0o755)
        } catch {
            throw ImageError(.failed, "cannot prepare a step", error.description)
        }
    }
}

/// Layers combined by overlayfs, and the upper folder that the step writes to.
private struct OverlaySnapshot: ActiveSnapshot {
    let layers: [String]
    let upper: String
    let work: String
    let store: LayerStore

    var root: Mountable { .overlay(layers: layers, upper: upper, work: work) }

    func remounted() throws -> Mountable {
        // A work folder can only be used for one mount.
        let work = "\(work)-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try LayerSnapshotter.makeFolder(at: work)
        return .overlay(layers: layers, upper: upper, work: work)
    }

    func commit(
        over lower: LowerFolders, madeBy instruction: Digest, in run: RunPeriod, with digests: FileDigests
    ) throws -> MadeLayer? {
        var content = try LayerContent(upper: upper)
        guard !content.isEmpty else { return nil }
        try content.judgeTimes(in: upper, of: run, over: lower.folders, lower.times, with: digests)
        let layer = try MadeLayer(of: content, madeBy: instruction, in: [run], with: digests)
        _ = try store.adopt(upper: upper, as: layer.id)
        return layer
    }
}

/// A copy of layers, and its state before the step.
private struct CopiedSnapshot: ActiveSnapshot {
    let copy: TreeCopy
    let store: LayerStore

    var root: Mountable { .folder(copy.folder) }

    func remounted() -> Mountable { root }

    func commit(
        over lower: LowerFolders, madeBy instruction: Digest, in run: RunPeriod, with digests: FileDigests
    ) throws -> MadeLayer? {
        var content = try copy.changes()
        guard !content.isEmpty else { return nil }
        try content.judgeTimes(in: copy.folder, of: run, over: lower.folders, lower.times, with: digests)
        let layer = try MadeLayer(of: content, madeBy: instruction, in: [run], with: digests)
        _ = try store.add(content, as: layer.id)
        return layer
    }
}
