internal import Concurrency
package import Executor
internal import FileSystem
internal import Glibc
internal import OCI
internal import Processes
internal import Snapshots

/// Combines the folders of layers with overlayfs if the machine supports it, else by copying.
package final class LayerSnapshotter: Snapshotter {
    /// The result of mounting an overlay on this machine.
    private struct OverlayChoice: Sendable, Hashable {
        let isUsed: Bool
        /// The path of fuse-overlayfs, if it is used instead of the kernel's overlayfs.
        var program: String?
        /// True if an earlier build tested it, rather than this one.
        let isRemembered: Bool
    }

    private let workspace: Workspace
    private let findSupport: @Sendable (_ folder: String) async throws -> OverlaySupport
    private let overlays = SingleFlight<String, OverlayChoice>()

    /// - Parameter findSupport: Tests an overlay mount of layers in a folder.
    package init(
        in workspace: Workspace, findSupport: @escaping @Sendable (_ folder: String) async throws -> OverlaySupport
    ) {
        self.workspace = workspace
        self.findSupport = findSupport
    }

    package func prepare(_ layers: [String], in folder: String) async throws -> any ActiveSnapshot {
        try Self.makeFolder(at: folder)
        let overlay = try await chosenOverlay()
        guard overlay.isUsed, Self.canJoin(layers) else {
            let copy = try await OwnThread.run { try TreeCopy(of: layers, in: folder) }
            return CopiedSnapshot(copy: copy, store: workspace.layers)
        }
        let snapshot = OverlaySnapshot(
            layers: layers, upper: "\(folder)/upper", work: "\(folder)/work", program: overlay.program,
            store: workspace.layers)
        for name in [snapshot.upper, snapshot.work] { try Self.makeFolder(at: name) }
        return snapshot
    }

    package func view(_ layers: [String], in folder: String) async throws -> Mountable {
        if layers.count == 1 { return .folder(layers[0]) }
        let overlay = try await chosenOverlay()
        if overlay.isUsed, Self.canJoin(layers) { return .layers(layers, program: overlay.program) }
        return try await prepare(layers, in: folder).root
    }

    package func checkAgain() async throws -> Bool {
        let overlay = try await overlay()
        guard overlay.isRemembered else { return false }
        await overlays.forget("")
        let other = try await self.overlay(triesAgain: true)
        return (other.isUsed, other.program) != (overlay.isUsed, overlay.program)
    }

    /// Returns true if overlayfs mounts so many layers (the kernel's `OVL_MAX_STACK`).
    private static func canJoin(_ layers: [String]) -> Bool { layers.count <= 500 || Set(layers).count <= 500 }

    /// `IMGTOOL_SNAPSHOTS` may be `copy` to disable overlays, or `fuse-overlayfs` to disable the kernel's.
    private func chosenOverlay() async throws -> OverlayChoice {
        switch getenv("IMGTOOL_SNAPSHOTS").map({ String(cString: $0) }) {
        case "copy": return OverlayChoice(isUsed: false, isRemembered: false)
        case "fuse-overlayfs":
            guard let program = ProgramPath.find("fuse-overlayfs") else {
                throw ImageError(
                    .failed, "cannot join layers", "there is no fuse-overlayfs",
                    advice: "apt-get install fuse-overlayfs")
            }
            return OverlayChoice(isUsed: true, program: program, isRemembered: false)
        default: return try await overlay()
        }
    }

    private func overlay(triesAgain: Bool = false) async throws -> OverlayChoice {
        let (folder, path) = ("\(workspace.folder)/tmp", "\(workspace.folder)/overlay")
        return try await overlays.value(for: "") {
            let traits = [MachineTraits.ofProcess, MachineTraits.ofFileSystem(folder)].joined(separator: "\n")
            let record = MachineRecord(path: path, traits: traits)
            if !triesAgain, let value = record.value {
                return OverlayChoice(isUsed: true, program: value.isEmpty ? nil : value, isRemembered: true)
            }
            // Locked, or another build that starts would remove the test as a leftover.
            let trial = try ScratchFolder(in: folder)
            defer { trial.remove() }
            let program: String?
            switch try await self.findSupport(trial.path) {
            case .available: program = nil
            case .program(let path): program = path
            case .unavailable:
                record.forget()
                return OverlayChoice(isUsed: false, isRemembered: false)
            }
            record.remember(program ?? "")
            return OverlayChoice(isUsed: true, program: program, isRemembered: false)
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
    let program: String?
    let store: LayerStore

    var root: Mountable { .overlay(layers: layers, upper: upper, work: work, program: program) }

    func remounted() throws -> Mountable {
        // A work folder can only be used for one mount.
        let work = "\(work)-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try LayerSnapshotter.makeFolder(at: work)
        return .overlay(layers: layers, upper: upper, work: work, program: program)
    }

    func commit(
        over lower: LowerFolders, madeBy instruction: Digest, in run: RunPeriod, with digests: FileDigests
    ) throws -> MadeLayer? {
        var content = try LayerContent(upper: upper)
        let layer = try MadeLayer(
            judging: &content, in: upper, of: run, over: lower, madeBy: instruction, with: digests)
        if let layer { _ = try store.adopt(upper: upper, as: layer.id) }
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
        let layer = try MadeLayer(
            judging: &content, in: copy.folder, of: run, over: lower, madeBy: instruction, with: digests)
        if let layer { _ = try store.add(content, as: layer.id) }
        return layer
    }
}

extension MadeLayer {
    /// The layer of what a program has written in a folder; `nil` if that is nothing.
    ///
    /// - Parameter content: The content of the folder, whose times are judged.
    fileprivate init?(
        judging content: inout LayerContent, in folder: String, of run: RunPeriod, over lower: LowerFolders,
        madeBy instruction: Digest, with digests: FileDigests
    ) throws {
        guard !content.isEmpty else { return nil }
        try content.judgeTimes(in: folder, of: run, over: lower.folders, lower.times, with: digests)
        try self.init(of: content, madeBy: instruction, in: [run], with: digests)
    }
}
