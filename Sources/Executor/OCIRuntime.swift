/// A program that runs containers from bundles (runtime-spec, runtime.md).
package struct OCIRuntime: Sendable, Hashable {
    /// An absolute path.
    package let path: String
    /// Whether the limits of a step's mounts are made final before it starts. That takes a user namespace, which not every
    /// kernel gives.
    package var locksMounts: Bool

    init(path: String, locksMounts: Bool = true) {
        self.path = path
        self.locksMounts = locksMounts
    }

    package var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The command line that starts a container and does not wait for its end.
    ///
    /// - Parameters:
    ///   - state: The folder for its records.
    ///   - log: The file for its complaints, a JSON object a line.
    ///   - pid: The file that it writes the container's process id to.
    func arguments(state: String, log: String, bundle: String, pid: String) -> [String] {
        let own =
            name.contains("crun")
            ? ["--log=file:\(log)", "--cgroup-manager=disabled"] : ["--log=\(log)", "--rootless=true"]
        return [path, "--root=\(state)", "--log-format=json"] + own
            + ["run", "--detach", "--bundle=\(bundle)", "--pid-file=\(pid)", "step"]
    }
}
