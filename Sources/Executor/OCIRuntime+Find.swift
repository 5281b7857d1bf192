internal import FileSystem
internal import Glibc
internal import OCI
internal import Processes

extension OCIRuntime {
    /// A runtime and the circumstances of its choice.
    package struct Choice: Sendable, Hashable {
        package let runtime: OCIRuntime
        /// True if an earlier build tested it, rather than this one.
        package let isRemembered: Bool
    }

    /// Finds a working runtime: the first of `crun`, which is faster, and `runc` that can run the smallest possible
    /// program, preferably with locked mounts.
    ///
    /// The choice is saved until one of the runtimes changes, or anything that determines whether they work.
    ///
    /// - Parameters:
    ///   - chosen: A name or an absolute path; then no other is tested, and the choice is not saved.
    ///   - record: The file for the choice.
    /// - Throws: ``ImageError`` with the package to install; `CancellationError`.
    package static func find(
        chosen: String? = nil, record: String, at location: SandboxLocation
    ) async throws -> OCIRuntime {
        try await choose(chosen, record: record, at: location, triesAgain: false).runtime
    }

    /// - Parameter triesAgain: True to ignore a saved choice.
    package static func choose(
        _ chosen: String?, record: String, at location: SandboxLocation, triesAgain: Bool
    ) async throws -> Choice {
        let candidates = (chosen.map { [$0] } ?? ["crun", "runc"]).compactMap(locate)
        guard !candidates.isEmpty else {
            throw ImageError(
                .failed, "cannot run the build's steps",
                "there is no \(chosen ?? "crun or runc") in PATH, /usr/sbin or /usr/bin",
                advice: "apt-get install \(chosen.map { $0.contains("/") ? "runc" : $0 } ?? "runc")")
        }
        let traits = candidates.map(Self.fingerprint) + [MachineTraits.ofProcess]
        let record = MachineRecord(path: record, traits: traits.joined(separator: "\n"))
        if chosen == nil, !triesAgain, let path = record.value,
            let known = candidates.first(where: { $0.path == path })
        {
            return Choice(runtime: known, isRemembered: true)
        }
        var problems: [String] = []
        for runtime in candidates {
            do {
                try await runtime.tryOut(at: location)
                if chosen == nil { record.remember(runtime.path) }
                return Choice(runtime: runtime, isRemembered: false)
            } catch let error as ImageError {
                problems.append("\(runtime.path): \(error.reason)")
            }
        }
        // Not saved, since locked mounts may become possible at any time.
        if let runtime = try await findUnlocked(candidates, at: location) {
            return Choice(runtime: runtime, isRemembered: false)
        }
        throw ImageError(
            .failed, "cannot run the build's steps", problems.joined(separator: "; "),
            advice: chosen == nil && candidates.count == 1 && candidates[0].name == "crun"
                ? "apt-get install runc, or choose another with --oci-runtime" : "choose another with --oci-runtime")
    }

    /// The last runtime that works without locked mounts, which is `runc`: it keeps their limits, whereas `crun` loses
    /// the one against devices in a root file system.
    private static func findUnlocked(_ candidates: [OCIRuntime], at location: SandboxLocation) async throws
        -> OCIRuntime?
    {
        for var runtime in candidates.reversed() {
            runtime.locksMounts = false
            do {
                try await runtime.tryOut(at: location)
                return runtime
            } catch is ImageError {}
        }
        return nil
    }

    private static func locate(_ name: String) -> OCIRuntime? {
        ProgramPath.find(name, alsoIn: ["/usr/sbin", "/usr/bin"]).map { OCIRuntime(path: $0) }
    }

    /// Runs the smallest possible program in an otherwise empty root file system.
    private func tryOut(at location: SandboxLocation) async throws {
        guard let architecture = Architecture(rawValue: Platform.host.architecture) else { return }
        let program = SandboxMount(
            target: "/program",
            source: .secret(TinyProgram(for: architecture).bytes, permissions: 0o755, user: 0, group: 0))
        let root = "\(location.folder).trial-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try Folder.create(root)
        defer { rmdir(root) }
        var spec = SandboxSpec(root: .folder(root), arguments: ["/program"])
        spec.mounts = [program]
        let ending = try await Sandbox(runtime: self, location: location).run(spec) { _, _ in }
        guard ending == .exited(status: 0) else {
            throw ImageError(.failed, "cannot run a program", "it ended with \(ending)")
        }
    }

    /// A text that changes when another version is installed.
    private static func fingerprint(_ runtime: OCIRuntime) -> String {
        var status = stat()
        stat(runtime.path, &status)
        let time = status.st_mtim
        return "\(runtime.path) \(status.st_size) \(time.tv_sec).\(time.tv_nsec)"
    }
}
