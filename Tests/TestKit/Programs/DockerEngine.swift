internal import Concurrency
internal import Foundation

/// A real Docker engine of Debian 13, with its BuildKit and a store of images of its own. Its steps have no network, unless
/// they use the machine's.
package final class DockerEngine: Sendable {
    private static let packages = ["docker.io", "containerd", "docker-buildx", "docker-cli", "busybox-static"]

    /// The folder with the programs of the packages; `nil` where the engine cannot be fetched or started.
    private static let programs: String? = {
        guard geteuid() == 0, FileManager.default.isExecutableFile(atPath: "/usr/sbin/runc") else {
            print("a Docker engine needs root and runc: the tests of it are left out")
            return nil
        }
        do {
            return try DebianPackages.unpack(
                packages, into: "test-engine", having: ["usr/sbin/dockerd", "usr/bin/busybox"])
        } catch {
            print("Debian's Docker engine could not be fetched, \(error): the tests of it are left out")
            return nil
        }
    }()

    /// Whether an engine can be started.
    package static var isAvailable: Bool { programs != nil }

    /// A shell in one static file.
    package static var busybox: String { "\(programs ?? "")/usr/bin/busybox" }

    /// An engine that all tests of a process share.
    package static func shared() async throws -> DockerEngine { try await sharedEngine.value }

    private static let atShutdown = Guarded<DockerEngine?>(nil)

    private static let sharedEngine = Task {
        let engine = try await start()
        atShutdown.withLock { $0 = engine }
        atexit {
            guard let engine = DockerEngine.atShutdown.withLock({ $0 }) else { return }
            engine.daemon.kill()
            engine.folder.remove()
        }
        return engine
    }

    private let folder: TemporaryFolder
    private let daemon: Daemon

    /// The path of the socket of its API.
    package var socket: String { folder.file("docker.sock") }

    private init(folder: TemporaryFolder, daemon: Daemon) {
        self.folder = folder
        self.daemon = daemon
    }

    /// Runs `body` with an engine of its own, which it may end.
    package static func with<Result>(_ body: (DockerEngine) async throws -> Result) async throws -> Result {
        let engine = try await start()
        defer {
            engine.kill()
            engine.folder.remove()
        }
        return try await body(engine)
    }

    /// Ends the engine at once, as by `kill -9`.
    package func kill() { daemon.kill() }

    private static func start() async throws -> DockerEngine {
        guard let programs else { throw TestKitError("there is no Docker engine here") }
        let folder = try TemporaryFolder()
        // The release's own runtime wants a newer C library.
        try FileManager.default.createDirectory(atPath: folder.file("bin"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("bin/runc"), withDestinationPath: "/usr/sbin/runc")
        let settings = #"{"features":{"containerd-snapshotter":true},"insecure-registries":["127.0.0.0/8"]}"#
        let configuration = try folder.write("daemon.json", text: settings)
        let path = "\(folder.file("bin")):\(programs)/usr/bin:\(programs)/usr/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
        let daemon = try await Daemon(
            [
                "env", "PATH=\(path)", "dockerd", "--config-file", configuration, "--data-root", folder.file("data"),
                "--exec-root", folder.file("exec"), "--pidfile", folder.file("pid"),
                "-H", "unix://\(folder.file("docker.sock"))", "--iptables=false", "--bridge=none", "--ip-forward=false",
                "--ip-masq=false",
            ], output: folder.file("log"), error: folder.file("log"))
        let engine = DockerEngine(folder: folder, daemon: daemon)
        for _ in 0..<600 {
            let ping = try await Tool.curl.run("-sf", "--unix-socket", engine.socket, "http://engine/_ping")
            if ping.succeeded { return engine }
            guard daemon.isRunning else { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw TestKitError("the Docker engine did not start: \((try? folder.text("log")) ?? "")")
    }
}
