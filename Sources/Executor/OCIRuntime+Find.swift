internal import FileSystem
internal import Glibc
internal import OCI
internal import Processes

extension OCIRuntime {
    /// A runtime, and how it came to be chosen.
    package struct Choice: Sendable, Hashable {
        package let runtime: OCIRuntime
        /// Whether an earlier build has tried it, and not this one.
        package let isRemembered: Bool
    }

    /// Finds a runtime that works on this machine: the first of `crun`, which is the faster one, and `runc` that can run
    /// the smallest program there is, if possible with mounts that are locked.
    ///
    /// Which one it was is remembered until one of them changes, or what decides whether they work.
    ///
    /// - Parameters:
    ///   - chosen: A name or an absolute path; then no other is tried, nor is it remembered.
    ///   - record: The file to remember it in.
    /// - Throws: ``ImageError`` that names the package to install; `CancellationError`.
    package static func find(
        chosen: String? = nil, record: String, at place: SandboxLocation
    ) async throws -> OCIRuntime {
        try await choose(chosen, record: record, at: place, triesAgain: false).runtime
    }

    /// - Parameter triesAgain: Whether what is remembered is not to be trusted.
    package static func choose(
        _ chosen: String?, record: String, at place: SandboxLocation, triesAgain: Bool
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
                try await runtime.tryOut(at: place)
                if chosen == nil { record.remember(runtime.path) }
                return Choice(runtime: runtime, isRemembered: false)
            } catch let error as ImageError {
                problems.append("\(runtime.path): \(error.reason)")
            }
        }
        // Not remembered: it may come to be possible at any time.
        if let runtime = try await findUnlocked(candidates, at: place) {
            return Choice(runtime: runtime, isRemembered: false)
        }
        throw ImageError(
            .failed, "cannot run the build's steps", problems.joined(separator: "; "),
            advice: chosen == nil && candidates.count == 1 && candidates[0].name == "crun"
                ? "apt-get install runc, or choose another with --oci-runtime" : "choose another with --oci-runtime")
    }

    /// The last one that works without locked mounts, which is `runc`: it keeps their limits where `crun` forgets that a root
    /// file system has no devices.
    private static func findUnlocked(_ candidates: [OCIRuntime], at place: SandboxLocation) async throws -> OCIRuntime?
    {
        for var runtime in candidates.reversed() {
            runtime.locksMounts = false
            do {
                try await runtime.tryOut(at: place)
                return runtime
            } catch is ImageError {}
        }
        return nil
    }

    private static func locate(_ name: String) -> OCIRuntime? {
        if name.contains("/") { return access(name, X_OK) == 0 ? OCIRuntime(path: name) : nil }
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let folders = path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        let places = (folders + ["/usr/sbin", "/usr/bin"]).map { "\($0)/\(name)" }
        return places.first { access($0, X_OK) == 0 }.map { OCIRuntime(path: $0) }
    }

    /// Runs the smallest program in a root file system that has nothing else.
    private func tryOut(at place: SandboxLocation) async throws {
        guard let architecture = Architecture(rawValue: Platform.host.architecture) else { return }
        let program = SandboxMount(
            target: "/program",
            source: .secret(TinyProgram(for: architecture).bytes, permissions: 0o755, user: 0, group: 0))
        let root = "\(place.folder).trial-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try Folder.create(root)
        defer { rmdir(root) }
        var spec = SandboxSpec(root: .folder(root), arguments: ["/program"])
        spec.mounts = [program]
        let ending = try await Sandbox(runtime: self, place: place).run(spec) { _, _ in }
        guard ending == .exited(status: 0) else {
            throw ImageError(.failed, "cannot run a program", "it ended with \(ending)")
        }
    }

    /// What it is, until somebody installs another one.
    private static func fingerprint(_ runtime: OCIRuntime) -> String {
        var status = stat()
        stat(runtime.path, &status)
        let time = status.st_mtim
        return "\(runtime.path) \(status.st_size) \(time.tv_sec).\(time.tv_nsec)"
    }
}
