internal import BuildPlan
internal import Concurrency
internal import DockerfileLanguage
internal import Executor
internal import OCI

/// The files in a mount of RUN.
struct MountedFiles: Sendable {
    /// The identity of the files.
    let identity: Digest
    enum Origin: Sendable {
        case snapshot(Snapshot)
        /// The selected part of a context.
        case content(Digest)
        /// A local folder without ignored files.
        case folder(String)
    }
    let origin: Origin
    /// The path below that.
    let path: String
}

extension Build {
    /// Finds the files of mounts that are part of the step's key.
    func mountSources(of work: RunWork) async throws -> [MountedFiles?] {
        try await work.mounts.concurrentMap { mount in
            switch mount.kind {
            case .bind(let source, let path, _): try await self.files(of: source, path)
            default: nil
            }
        }
    }

    private func files(of source: FileSource, _ path: String) async throws -> MountedFiles {
        switch source {
        case .nothing: return try await files(of: .empty, path, name: nil)
        case .step(let step): return try await files(of: try await snapshot(of: step), path, name: name(of: step))
        case .context(let name): return try await contexts.mounted(name, path, keepingIn: layers)
        }
    }

    private func files(of snapshot: Snapshot, _ path: String, name: String?) async throws -> MountedFiles {
        let identity = try await limiter.run { try await self.identity(of: path, in: snapshot, name: name) }
        return MountedFiles(identity: identity, origin: .snapshot(snapshot), path: path)
    }

    /// Adds the mounts of a step to its sandbox.
    ///
    /// - Parameters:
    ///   - scratch: A folder for content that is discarded after the step.
    ///   - startsEmpty: True to remove the caches' content from earlier builds.
    /// - Returns: The caches held by the step.
    func mount(
        _ mounts: [PlannedMount], _ files: [MountedFiles?], into spec: inout SandboxSpec, scratch: String,
        withEmptyCaches startsEmpty: Bool
    ) async throws -> [CacheMounts.Lease] {
        let leases = try await leaseCaches(of: mounts, startEmpty: startsEmpty)
        var caches = leases[...]
        for (index, (mount, files)) in zip(mounts, files).enumerated() {
            switch mount.kind {
            case .bind(_, _, let isReadOnly):
                guard let files, let target = mount.target else { continue }
                let root = try await mountable(of: files, isReadOnly: isReadOnly, scratch: "\(scratch)/mount-\(index)")
                spec.mounts.append(
                    SandboxMount(target: target, source: .bind(root, path: files.path, isReadOnly: isReadOnly)))
            case .cache(let cache, _):
                guard let lease = caches.popFirst() else { continue }
                spec.mounts.append(
                    .cache(target: mount.target ?? "/", folder: lease.folder, isReadOnly: cache.isReadOnly))
            case .memory(let size):
                spec.mounts.append(
                    SandboxMount(target: mount.target ?? "/", source: .memory(size: size == 0 ? nil : size)))
            case .secret(let secret): try add(secret, mount.target, to: &spec)
            case .ssh(let agent):
                if agent.isRequired {
                    throw ImageError(
                        .failed, "cannot mount the SSH agent \(agent.id)", "SSH agents are not supported yet")
                }
            case .file(let bytes, let mode):
                spec.mounts.append(
                    SandboxMount(
                        target: mount.target ?? "/", source: .secret(bytes, permissions: mode, user: 0, group: 0)))
            }
        }
        return leases
    }

    /// - Returns: A lease for each cache mount, in order.
    private func leaseCaches(of mounts: [PlannedMount], startEmpty: Bool) async throws -> [CacheMounts.Lease] {
        var requests: [CacheMounts.Request] = []
        for case .cache(let cache, let source) in mounts.map(\.kind) {
            let seed = try await source.asyncMap { try await self.seed(from: cache.source, of: $0) } ?? nil
            requests.append(CacheMounts.Request(cache: cache, seed: seed))
        }
        if requests.isEmpty { return [] }
        return try await caches.lease(requests, startsEmpty: startEmpty)
    }

    private func add(_ secret: Mount.Secret, _ target: String?, to spec: inout SandboxSpec) throws {
        guard let bytes = inputs.secrets[secret.id] else {
            guard secret.isRequired else { return }
            throw ImageError(
                .usage, "cannot run a step that needs the secret \(secret.id)", "it was not given",
                advice: "give it with --secret id=\(secret.id),src=FILE or --secret id=\(secret.id),env=VARIABLE")
        }
        if let variable = secret.variable {
            spec.environment.append("\(variable)=\(String(decoding: bytes, as: UTF8.self))")
        }
        if let target {
            let permissions = secret.permissions
            spec.mounts.append(
                SandboxMount(
                    target: target,
                    source: .secret(
                        bytes, permissions: permissions.mode, user: permissions.user, group: permissions.group)))
        }
    }

    private func mountable(of files: MountedFiles, isReadOnly: Bool, scratch: String) async throws -> Mountable {
        let folders: [String]
        switch files.origin {
        case .folder(let folder): folders = [folder]
        case .content(let layer):
            folders = [try await layers.folder(of: Snapshot.Layer(id: layer, origin: nil), over: [])]
        case .snapshot(let snapshot): folders = try await lowerFolders(of: snapshot).folders
        }
        if isReadOnly { return try await snapshotter.view(folders, in: scratch) }
        return try await snapshotter.prepare(folders, in: scratch).root
    }
}

extension Optional {
    /// Like `map`, for an asynchronous transformation.
    fileprivate func asyncMap<Result>(_ transform: (Wrapped) async throws -> Result) async throws -> Result? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
