internal import FileSystem
internal import Glibc
internal import JSON
internal import OCI
internal import Processes

extension OCIRuntime {
    /// Finds a runtime that works on this machine: the first of `crun`, which is the faster one, and `runc` that can run
    /// the smallest program there is.
    ///
    /// Which one it was is remembered until one of them changes.
    ///
    /// - Parameters:
    ///   - chosen: A name or an absolute path; then no other is tried, nor is it remembered.
    ///   - record: The file to remember it in.
    /// - Throws: ``ImageError`` that names the package to install; `CancellationError`.
    package static func find(
        chosen: String? = nil, record: String, at place: SandboxPlace
    ) async throws -> OCIRuntime {
        let candidates = (chosen.map { [$0] } ?? ["crun", "runc"]).compactMap(locate)
        guard !candidates.isEmpty else {
            throw ImageError(
                .failed, "cannot run the build's steps",
                "there is no \(chosen ?? "crun or runc") in PATH, /usr/sbin or /usr/bin",
                advice: "apt-get install \(chosen.map { $0.contains("/") ? "runc" : $0 } ?? "runc")")
        }
        let fingerprint = candidates.map(Self.fingerprint).joined(separator: "\n")
        if chosen == nil, let known = remembered(in: record, fingerprint, candidates) { return known }
        var problems: [String] = []
        for runtime in candidates {
            do {
                try await runtime.tryOut(at: place)
                if chosen == nil { remember(runtime, fingerprint, in: record) }
                return runtime
            } catch let error as ImageError {
                problems.append("\(runtime.path): \(error.reason)")
            }
        }
        throw ImageError(
            .failed, "cannot run the build's steps", problems.joined(separator: "; "),
            advice: chosen == nil && candidates.count == 1 && candidates[0].name == "crun"
                ? "apt-get install runc, or choose another with --oci-runtime" : "choose another with --oci-runtime")
    }

    private static func locate(_ name: String) -> OCIRuntime? {
        if name.contains("/") { return access(name, X_OK) == 0 ? OCIRuntime(path: name) : nil }
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let folders = path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        let places = (folders + ["/usr/sbin", "/usr/bin"]).map { "\($0)/\(name)" }
        return places.first { access($0, X_OK) == 0 }.map { OCIRuntime(path: $0) }
    }

    /// Runs the smallest program in a root file system that has nothing else.
    private func tryOut(at place: SandboxPlace) async throws {
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

    // MARK: The record

    private static func fingerprint(_ runtime: OCIRuntime) -> String {
        var status = stat()
        stat(runtime.path, &status)
        let time = status.st_mtim
        return "\(runtime.path) \(status.st_size) \(time.tv_sec).\(time.tv_nsec)"
    }

    private static func remembered(
        in record: String, _ fingerprint: String, _ candidates: [OCIRuntime]
    ) -> OCIRuntime? {
        guard let bytes = try? File.read(record, limit: 1 << 16), let json = try? JSONValue(parsing: bytes),
            json["candidates"]?.string == fingerprint
        else { return nil }
        return candidates.first { $0.path == json["works"]?.string }
    }

    private static func remember(_ runtime: OCIRuntime, _ fingerprint: String, in record: String) {
        // Finding it again costs less than a step; it is not worth an error.
        let json: JSONValue = ["candidates": .string(fingerprint), "works": .string(runtime.path)]
        try? Folder.create(Folder.containing(record))
        try? File.replace(record, with: json.bytes())
    }
}
