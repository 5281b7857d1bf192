internal import Concurrency
internal import Foundation

/// A real registry, Distribution's, on a free port of 127.0.0.1 with a storage of its own.
package final class RegistryServer: Sendable {
    /// Whom the registry lets in.
    package enum Access: Sendable {
        case open
        /// One user, with HTTP Basic authentication.
        case basic(user: String, password: String)
        /// Who has a token of a service.
        case token(TokenServer)
    }

    /// How clients reach the registry.
    package enum Transport: Sendable {
        case http
        /// HTTPS with a certificate of an authority of its own: see ``RegistryServer/certificates``.
        case tls
        /// The same, and clients must show a certificate of that authority, too.
        case mutualTLS
    }

    package let port: Int
    /// Set unless the transport is `http`.
    package let certificates: TestCertificates?
    let folder: TemporaryFolder
    private let daemon: Daemon

    /// `127.0.0.1:PORT`, the registry's part of a reference.
    package var host: String { "127.0.0.1:\(port)" }
    /// `http://127.0.0.1:PORT` or `https://127.0.0.1:PORT`.
    package var url: String { (certificates == nil ? "http://" : "https://") + host }
    /// Where the registry keeps its blobs and manifests.
    package var storage: String { folder.file("storage") }

    /// Runs `body` with a registry of its own.
    ///
    /// - Parameter deletes: Whether manifests and blobs can be deleted.
    /// - Throws: ``TestKitError`` with the registry's log when it does not start; what `body` throws.
    package static func with<Result>(
        _ access: Access = .open, over transport: Transport = .http, deletes: Bool = true,
        _ body: (RegistryServer) async throws -> Result
    ) async throws -> Result {
        let registry = try await start(access, transport, deletes)
        do {
            let result = try await body(registry)
            await registry.stop()
            return result
        } catch {
            await registry.stop()
            throw error
        }
    }

    /// An open registry that all tests of a process share. Each test uses repositories of its own:
    /// see ``freshRepository(_:)``.
    package static func shared() async throws -> RegistryServer { try await sharedServer.value }

    private static let sharedServer = Task {
        let registry = try await start(.open, .http, true)
        atShutdown.withLock { $0 = registry }
        atexit {
            guard let registry = RegistryServer.atShutdown.withLock({ $0 }) else { return }
            registry.daemon.kill()
            registry.folder.remove()
        }
        return registry
    }

    private static let atShutdown = Guarded<RegistryServer?>(nil)

    /// The name of a repository that nobody else uses.
    package func freshRepository(_ name: String = "app") -> String {
        "test-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))/\(name)"
    }

    /// The requests that have been answered, in order, each as in `GET /v2/ 200`.
    package var requests: [String] {
        let lines = (try? folder.text("requests.log"))?.split(separator: "\n") ?? []
        return lines.compactMap { line in
            let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
            guard parts.count > 2, let status = parts[2].split(separator: " ").first else { return nil }
            return parts[1].split(separator: " ").prefix(2).joined(separator: " ") + " \(status)"
        }
    }

    /// What the registry had to say.
    package var log: String { (try? folder.text("registry.log")) ?? "" }

    private init(port: Int, _ certificates: TestCertificates?, _ folder: TemporaryFolder, _ daemon: Daemon) {
        self.port = port
        self.certificates = certificates
        self.folder = folder
        self.daemon = daemon
    }

    private static func start(
        _ access: Access, _ transport: Transport, _ deletes: Bool
    ) async throws -> RegistryServer {
        let folder = try TemporaryFolder()
        do {
            let configuration = try await RegistryConfiguration(access, transport, deletes: deletes, in: folder)
            let file = try folder.write("config.yml", text: configuration.text)
            let log = folder.file("registry.log")
            let daemon = try await Daemon(
                ["docker-registry", "serve", file], output: folder.file("requests.log"), error: log)
            do {
                let port = try await waitForPort(of: daemon, log: folder)
                return RegistryServer(port: port, configuration.certificates, folder, daemon)
            } catch {
                await daemon.stop()
                throw error
            }
        } catch {
            folder.remove()
            throw error
        }
    }

    private func stop() async {
        await daemon.stop()
        folder.remove()
    }

    /// The registry chooses its port itself, so that no two servers ever fight for one; its log says which.
    private static func waitForPort(of daemon: Daemon, log folder: TemporaryFolder) async throws -> Int {
        let deadline = ContinuousClock.now + .seconds(30)
        while daemon.isRunning, ContinuousClock.now < deadline {
            let log = (try? folder.text("registry.log")) ?? ""
            if let match = log.firstMatch(of: /listening on 127\.0\.0\.1:([0-9]+)/), let port = Int(match.1) {
                return port
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw TestKitError("the registry does not start: \((try? folder.text("registry.log")) ?? "")")
    }
}
