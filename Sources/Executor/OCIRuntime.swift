/// A program that runs containers from bundles (runtime-spec, runtime.md).
package struct OCIRuntime: Sendable, Hashable {
    /// An absolute path.
    package let path: String
    /// True to lock the limits of a step's mounts before it starts. That requires a user namespace, which not every
    /// kernel allows.
    var locksMounts: Bool

    init(path: String, locksMounts: Bool = true) {
        self.path = path
        self.locksMounts = locksMounts
    }

    package var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The command line that starts a container without waiting for its end.
    ///
    /// - Parameters:
    ///   - state: The folder for its state.
    ///   - log: The file for its messages, a JSON object per line.
    ///   - pid: The file for the container's process ID.
    func arguments(state: String, log: String, bundle: String, pid: String) -> [String] {
        let own =
            name.contains("crun")
            ? ["--log=file:\(log)", "--cgroup-manager=disabled"] : ["--log=\(log)", "--rootless=true"]
        return [path, "--root=\(state)", "--log-format=json"] + own
            + ["run", "--detach", "--bundle=\(bundle)", "--pid-file=\(pid)", "step"]
    }
}
